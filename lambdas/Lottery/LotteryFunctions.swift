import LambdaRuntime

/// A lottery among employees: the tasks of its state machine, and the function that starts it.
public enum LotteryFunctions {
    public static let application = LambdaApplication("Lottery", [
        ("InputWinners", LambdaHandler(Draw.inputWinners)),
        ("RandomSelectWinners", LambdaHandler(Draw.randomSelectWinners)),
        ("ValidateWinners", LambdaHandler(Draw.validateWinners)),
        ("RecordWinners", LambdaHandler(Draw.recordWinners)),
        ("InvokeProcess", LambdaHandler(Draw.invokeProcess)),
    ])
}
