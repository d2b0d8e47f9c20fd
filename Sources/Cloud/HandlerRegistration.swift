import Kernel
import Lambda
import LambdaRuntime

extension LocalCloud {
    /// Makes a Swift handler the code of every Lambda function whose `Handler` setting, else whose name, is that name.
    ///
    /// The function itself is made by `CreateFunction`, like any other. The handler runs outside the cloud's actor; AWS, called by
    /// `context.client`, is this cloud, which therefore has to listen.
    public func register(_ name: String, _ handler: LambdaHandler) {
        lambda.register(name, RegisteredHandler { payload, invocation in
            do {
                return try await handler.run(payload, LambdaContext(invocation))
            } catch {
                let failure = LambdaError.describing(error)
                throw FunctionError(type: failure.type, message: failure.message)
            }
        })
    }

    /// Registers the handlers of an application, each by the name that `Handler` settings have for it (`Boletia.findAll`).
    public func register(_ application: LambdaApplication) {
        for (name, handler) in application.handlers { register(name, handler) }
    }

    /// Registers a handler of a typed event that answers.
    public func register<Event: LambdaEvent, Answer: LambdaAnswer>(_ name: String, _ body: @escaping @Sendable (Event, LambdaContext) async throws -> Answer) {
        register(name, LambdaHandler(body))
    }

    /// Registers a handler of a typed event that answers nothing.
    public func register<Event: LambdaEvent>(_ name: String, _ body: @escaping @Sendable (Event, LambdaContext) async throws -> Void) {
        register(name, LambdaHandler(body))
    }
}

extension LambdaContext {
    fileprivate init(_ invocation: InvocationContext) {
        let log = invocation.log
        let clientContext = invocation.clientContext.flatMap { try? Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
        self.init(
            requestID: invocation.requestID, functionARN: invocation.functionARN, functionName: invocation.functionName, memorySize: invocation.memorySize,
            trace: invocation.trace, environment: invocation.environment, clientContext: clientContext, deadline: invocation.deadline,
            clock: invocation.clock, seed: invocation.seed
        ) { log.write($0) }
    }
}
