/// The functions of one system, which one program or package carries together.
///
/// A function finds its handler by its `Handler` setting, `Boletia.findAll`: no function's own name has a dot, so an application's handlers can't
/// stand in the way of functions that bring their own code.
public struct LambdaApplication: Sendable {
    /// What the name of each handler begins with.
    public let name: String
    /// Each function's own name, and its code.
    public let functions: [(name: String, handler: LambdaHandler)]

    public init(_ name: String, _ functions: [(name: String, handler: LambdaHandler)]) {
        self.name = name
        self.functions = functions
    }

    /// The handlers by the names that `Handler` settings have: `Boletia.findAll`.
    public var handlers: [(name: String, handler: LambdaHandler)] { functions.map { (handlerName($0.name), $0.handler) } }

    /// The `Handler` setting of one of the functions.
    public func handlerName(_ function: String) -> String { "\(name).\(function)" }
}
