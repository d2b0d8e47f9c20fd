import LambdaRuntime

/// The transactions of a bank: a file of them becomes items, and balances that grow high are told of.
public enum TransactionsFunctions {
    public static let application = LambdaApplication("Transactions", [
        ("TransactionProcessor", LambdaHandler(TransactionProcessor.handle)),
        ("TotalNotifier", LambdaHandler(TotalNotifier.handle)),
    ])
}

/// A member that isn't there: the error of the documented handlers, by its name.
struct KeyError: Error, Equatable, CustomStringConvertible {
    let key: String

    init(_ key: String) { self.key = key }

    var description: String { "'\(key)'" }
}

/// An element that isn't there.
struct IndexError: Error, Equatable, CustomStringConvertible {
    var description: String { "list index out of range" }
}

/// A text that is no whole number.
struct ValueError: Error, Equatable, CustomStringConvertible {
    let text: String

    var description: String { "invalid literal for int() with base 10: '\(text)'" }
}

/// A whole number of any size, kept as its digits.
struct WholeNumber: Equatable {
    /// Without superfluous zeros or a plus sign.
    let text: String

    /// Reads an optional sign and digits, with white space around them.
    init(_ text: String) throws(ValueError) {
        var digits = text.drop { $0.isWhitespace }
        while digits.last?.isWhitespace == true { digits.removeLast() }
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        guard !digits.isEmpty, digits.allSatisfy({ "0"..."9" ~= $0 }) else { throw ValueError(text: text) }
        let significant = digits.drop { $0 == "0" }
        self.text = significant.isEmpty ? "0" : (isNegative ? "-" : "") + String(significant)
    }
}
