import Kernel

/// Why a pattern was refused, in the words that the dialect's service answers with.
package struct EventPatternError: Error, Equatable, Sendable {
    package enum Kind: Sendable {
        /// The text isn't a pattern.
        case invalid
        /// Nested names in an SNS policy over message attributes. SNS words it without `FilterPolicy:`.
        case nestedAttributes
        /// More `$or` combinations than the service allows.
        case limit
    }

    package var dialect: EventPattern.Dialect
    package var kind: Kind
    /// With the place, where AWS's parser names it: `Empty arrays are not allowed\n at [Source: (String)"..."; line: 1, column: 9]`.
    package var reason: String

    /// The answer of the dialect's service: EventBridge's `InvalidEventPatternException`, SNS's `InvalidParameter`, Lambda's `InvalidParameterValueException`.
    /// - Parameter subscribing: SNS `Subscribe` names its parameter `Attributes`, which `SetSubscriptionAttributes` doesn't.
    package func answer(subscribing: Bool = false) -> AWSError {
        switch (dialect, kind) {
        case (.eventBridge, .limit): AWSError("LimitExceededException", reason)
        case (.eventBridge, _): AWSError("InvalidEventPatternException", "Event pattern is not valid. Reason: \(reason)")
        case (.eventSourceMapping, _): AWSError("InvalidParameterValueException", "Invalid filter pattern definition.")
        case (.snsMessageAttributes, _), (.snsMessageBody, _):
            AWSError(
                "InvalidParameter",
                "Invalid parameter: " + (subscribing ? "Attributes Reason: " : "") + (kind == .nestedAttributes ? "" : "FilterPolicy: ") + reason)
        }
    }
}
