import LambdaRuntime

/// The tasks of the state machine. Each takes what the one before has in `body`.
enum Draw {
    /// The documented handlers name it themselves, wherever they run.
    static let region = "cn-northwest-1"
    static let employees = "Lottery-Employee"
    static let winners = "Lottery-Winners"
    static let serialIndex = "lottery_serial-index"
    /// How many employees take part: their serials are 1 to this.
    static let participants = 10

    /// How many winners are wanted. `exception` in the input makes it fail, to show how the state machine catches that.
    static func inputWinners(_ event: Document, _: LambdaContext) throws -> Document {
        let count = try event.member("input")
        if event["exception"] != nil { throw CustomError(description: "An error occurred!!") }
        return ["body": ["num_of_winners": count]]
    }

    /// Draws so many different serials and finds whose they are.
    static func randomSelectWinners(_ event: Document, _ context: LambdaContext) async throws -> Document {
        let wanted = try event.member("num_of_winners")
        let count = try wanted.wholeNumber()
        guard count <= participants else { throw TooManyWinners(count: count) }
        var found: [[Item]] = []
        for serial in serials(count, context) {
            found.append(
                try await dynamoDB(context).query(
                    employees, index: serialIndex, keyCondition: "#n0 = :v0", .init(names: ["#n0": "lottery_serial"], values: [":v0": .int(serial)])))
        }
        var details: [Document] = []
        for items in found {
            guard let employee = items.first else { throw IndexError() }
            details.append(AttributeValue.plain(employee))
        }
        return ["body": ["num_of_winners": wanted, "winner_details": .array(details)]]
    }

    /// Says whether one of them has won before: `status` is 1 then, else 0.
    static func validateWinners(_ event: Document, _ context: LambdaContext) async throws -> Document {
        let wanted = try event.member("num_of_winners")
        let details = try event.member("winner_details")
        var hasWinnerOfBefore = false
        for id in try details.members("employee_id") {
            let items = try await dynamoDB(context).query(
                winners, keyCondition: "#n0 = :v0", .init(names: ["#n0": "employee_id"], values: [":v0": AttributeValue(plain: id)]))
            if !items.isEmpty { hasWinnerOfBefore = true }
        }
        let names = try details.members("employee_name").map { (name) throws(TypeError) in
            guard let name = name.string else { throw TypeError(description: "can only concatenate str (not \"\(name.pythonType)\") to str") }
            return name
        }
        return [
            "body": ["num_of_winners": wanted, "winner_details": details], "status": hasWinnerOfBefore ? 1 : 0,
            "sns": .string("Congrats! [\(trimmed(names.joined(separator: " ")))] You have selected as the Lucky Champ!"),
        ]
    }

    /// Keeps who has won.
    static func recordWinners(_ event: Document, _ context: LambdaContext) async throws -> Document {
        let details = try event.member("winner_details")
        for id in try details.members("employee_id") {
            try await dynamoDB(context).putItem(winners, item: ["employee_id": AttributeValue(plain: id)])
        }
        return ["body": ["winners": details], "status_code": "SUCCESS"]
    }

    /// Starts the state machine with a request's body as its input.
    static func invokeProcess(_ event: Document, _ context: LambdaContext) async throws -> Document {
        guard let body = try event.member("body").string else { throw TypeError(description: "the request has no body") }
        guard let machine = context.environment["STATE_MACHINE_ARN"] else { throw KeyError("STATE_MACHINE_ARN") }
        let name = "Lottery-\(TimeUUID.make(at: context.secondsSinceEpoch, chance: context.randomBytes(12)))"
        let arn = try await context.client.stepFunctions.startExecution(of: machine, input: body, name: name)
        return ["statusCode": 200, "body": .string(Document.string(arn).jsonString())]
    }

    private static func dynamoDB(_ context: LambdaContext) -> DynamoDBClient { context.client.region(region).dynamoDB }

    /// Different serials, every choice and order of them equally likely.
    private static func serials(_ count: Int, _ context: LambdaContext) -> [Int] {
        var left = Array(1...participants)
        return (0..<max(0, count)).map { _ in left.remove(at: chance(below: left.count, context)) }
    }

    /// Evenly from 0 up: bytes that would favour the small numbers are drawn again.
    private static func chance(below bound: Int, _ context: LambdaContext) -> Int {
        while true {
            let byte = Int(context.randomBytes(1).first ?? 0)
            if byte < 256 - 256 % bound { return byte % bound }
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
