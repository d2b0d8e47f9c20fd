import Kernel

/// The parameter that an expression arrived in: AWS's errors begin with its name.
package enum ExpressionKind: String, Sendable {
    case condition = "ConditionExpression"
    case filter = "FilterExpression"
    case keyCondition = "KeyConditionExpression"
    case projection = "ProjectionExpression"
    case update = "UpdateExpression"

    /// As the error about a function of another kind names it; of filters and key conditions that is a guess.
    var described: String {
        switch self {
        case .condition: "a condition expression"
        case .filter: "a filter expression"
        case .keyCondition: "a key condition expression"
        case .projection: "a projection expression"
        case .update: "an update expression"
        }
    }

    func invalid(_ message: String) -> AWSError { .validation("Invalid \(rawValue): \(message)") }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
enum ExpressionLimits {
    static let size = 4096
    static let operators = 300
    /// Most bytes of a placeholder with its sign.
    static let placeholder = 255
    /// How many names and indexes a path may have: as deep as an item can be.
    static let pathElements = 32
    /// The highest index that a path may name. A guess: AWS documents none.
    static let listIndex = Int(Int32.max)
}
