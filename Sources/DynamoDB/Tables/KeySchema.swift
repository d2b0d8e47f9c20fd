import Collections
import Kernel

/// The primary key of a table or of an index: the partition key and, where there is one, the sort key.
///
/// Those of a global index may have up to four attributes each.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
package struct KeySchema: Sendable, Equatable {
    /// The partition key, or the first of its attributes.
    package let partition: KeyAttribute
    /// The sort key, or the first of its attributes.
    package let sort: KeyAttribute?
    /// What the partition key and the sort key have beyond their first attributes.
    package let furtherPartitions: [KeyAttribute]
    package let furtherSorts: [KeyAttribute]

    package init(partition: KeyAttribute, sort: KeyAttribute? = nil) {
        self.partition = partition
        self.sort = sort
        furtherPartitions = []
        furtherSorts = []
    }

    /// `nil` without a partition key.
    package init?(partitions: [KeyAttribute], sorts: [KeyAttribute]) {
        guard let first = partitions.first else { return nil }
        partition = first
        sort = sorts.first
        furtherPartitions = Array(partitions.dropFirst())
        furtherSorts = Array(sorts.dropFirst())
    }

    /// Most attributes of the partition key and of the sort key of a global index.
    package static let attributeLimit = 4

    /// Whether the partition key or the sort key has more than one attribute.
    package var isMultiAttribute: Bool { !furtherPartitions.isEmpty || !furtherSorts.isEmpty }

    package var partitions: [KeyAttribute] { [partition] + furtherPartitions }
    package var sorts: [KeyAttribute] { sort.map { [$0] + furtherSorts } ?? [] }
    package var attributes: [KeyAttribute] { partitions + sorts }

    /// Most bytes of a partition key and of a sort key.
    package static let partitionLimit = 2048
    package static let sortLimit = 1024

    var count: Int { (sort == nil ? 1 : 2) + furtherPartitions.count + furtherSorts.count }

    var names: [String] {
        if isMultiAttribute { return attributes.map(\.name) }
        return sort.map { [partition.name, $0.name] } ?? [partition.name]
    }

    func has(_ attribute: String) -> Bool {
        if ByteOrder.equal(attribute, partition.name) { return true }
        if let sort, ByteOrder.equal(attribute, sort.name) { return true }
        return isMultiAttribute && attributes.contains { ByteOrder.equal(attribute, $0.name) }
    }

    /// The key attributes of an item alone; of a table's key schema.
    func key(of item: Item) -> Item {
        var key = Item()
        key[partition.name] = item[partition.name]
        if let sort { key[sort.name] = item[sort.name] }
        return key
    }
}

/// The bytes under which items stand in the table's map. A table's keys have one attribute each.
extension KeySchema {
    /// The place of an item that is put.
    func place(ofItem item: Item) throws(AWSError) -> Bytes {
        let partitionValue = try value(of: partition, in: item)
        var sortValue: AttributeValue?
        if let sort { sortValue = try value(of: sort, in: item) }
        return try place(partitionValue, sortValue)
    }

    /// The place of an item that is put by a batch, which words what is wrong with its key as it does for keys alone.
    func place(ofBatchItem item: Item) throws(AWSError) -> Bytes { try place(ofKey: key(of: item)) }

    private func value(of key: KeyAttribute, in item: Item) throws(AWSError) -> AttributeValue {
        guard let value = item[key.name] else { throw .invalidParameter("Missing the key \(key.name) in the item") }
        guard value.type == key.type else {
            throw .invalidParameter("Type mismatch for key \(key.name) expected: \(key.type.rawValue) actual: \(value.type.rawValue)")
        }
        return value
    }

    /// The place of a key: the key attributes and nothing else.
    func place(ofKey key: Item) throws(AWSError) -> Bytes {
        guard key.count == count, let partitionValue = key[partition.name], partitionValue.type == partition.type else { throw Self.mismatch }
        guard let sort else { return try place(partitionValue, nil) }
        guard let sortValue = key[sort.name], sortValue.type == sort.type else { throw Self.mismatch }
        return try place(partitionValue, sortValue)
    }

    private func place(_ partitionValue: AttributeValue, _ sortValue: AttributeValue?) throws(AWSError) -> Bytes {
        try Self.checkNotEmpty(partitionValue, partition)
        if let sort, let sortValue { try Self.checkNotEmpty(sortValue, sort) }
        try Self.checkSize(partitionValue, isPartition: true)
        if let sortValue { try Self.checkSize(sortValue, isPartition: false) }
        return Bytes(KeyEncoding.key(partition: partitionValue, sort: sortValue))
    }

    static let mismatch = AWSError.validation("The provided key element does not match the schema")

    static func checkNotEmpty(_ value: AttributeValue, _ key: KeyAttribute) throws(AWSError) {
        guard let kind = value.emptyKind else { return }
        throw .emptyKey("One or more parameter values are not valid.", kind, " Key: \(key.name)")
    }

    /// Whether a key may be as long as this value is.
    static func isWithinLimit(_ value: AttributeValue, isPartition: Bool) -> Bool {
        value.type == .number || value.size <= (isPartition ? partitionLimit : sortLimit)
    }

    /// The first message has no space before the figure: so AWS sends it.
    static func checkSize(_ value: AttributeValue, isPartition: Bool) throws(AWSError) {
        guard !isWithinLimit(value, isPartition: isPartition) else { return }
        throw .invalidParameter(
            isPartition
                ? "Size of hashkey has exceeded the maximum size limit of\(partitionLimit) bytes"
                : "Aggregated size of all range keys has exceeded the size limit of \(sortLimit) bytes")
    }
}

extension AWSError {
    private static let emptyKeyMark = "The AttributeValue for a key attribute cannot contain an empty "

    static func emptyKey(_ beginning: String, _ kind: String, _ end: String) -> AWSError {
        .validation("\(beginning) \(emptyKeyMark)\(kind) value.\(end)")
    }

    /// Whether it refuses an empty value of a key, which AWS does before it runs a transaction.
    var isEmptyKey: Bool { code == "ValidationException" && message?.contains(Self.emptyKeyMark) == true }
}

extension AttributeValue {
    /// `string` or `binary` where it is an empty one, which no key can be.
    var emptyKind: String? {
        switch self {
        case .string(let text): text.utf8.isEmpty ? "string" : nil
        case .binary(let bytes): bytes.isEmpty ? "binary" : nil
        default: nil
        }
    }
}
