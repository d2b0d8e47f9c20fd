import Kernel

/// `<<1, 2>>`: a set of numbers or of strings, each of them written out.
enum StatementBags {
    static func set(_ elements: [StatementSyntax.Expression], under key: String) throws(AWSError) -> AttributeValue {
        guard !elements.isEmpty else { throw .validation("Empty bags are not supported") }
        var strings: [String] = []
        var numbers: [DynamoDBNumber] = []
        var texts: [String] = []
        for element in elements {
            switch element {
            case .literal(.string(let text)): strings.append(text)
            case .number(let number, let text):
                numbers.append(number)
                texts.append(text)
            default: throw mixed
            }
        }
        if numbers.isEmpty {
            let set = AttributeValue.strings(strings)
            if case .stringSet(let sorted) = set, !zip(sorted, sorted.dropFirst()).allSatisfy({ !ByteOrder.equal($0, $1) }) {
                throw .invalidParameter("Input collection [\(strings.joined(separator: ", "))] contains duplicates.")
            }
            return set
        }
        guard strings.isEmpty else { throw mixed }
        guard Set(numbers).count == numbers.count else {
            throw .invalidParameter("Input collection [\(texts.joined(separator: ", "))] contains duplicates! under \(key)")
        }
        return .numbers(numbers)
    }

    private static let mixed = AWSError.validation("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags")
}
