import JSON
import Kernel

/// The parts of CreateTable's and UpdateTable's input that define keys and indexes, and AWS's rules for them.
struct KeySchemaElement: Sendable {
    var name: String
    var isPartition: Bool

    static func read(_ fields: inout Fields) throws(AWSError) -> KeySchemaElement {
        let name = try fields.requiredString("AttributeName", .length(min: 1, max: 255))
        let type = try fields.requiredString("KeyType", .oneOf(["HASH", "RANGE"]))
        return KeySchemaElement(name: name, isPartition: type == "HASH")
    }

    /// Whose key schema it is: AWS's rules and words differ.
    enum Owner: Sendable { case table, localIndex, globalIndex }

    /// Checks a list of elements against the definitions and makes a key schema of it.
    static func keys(_ elements: [KeySchemaElement], _ definitions: [KeyAttribute], of owner: Owner) throws(AWSError) -> KeySchema {
        // For a table AWS compares the counts first.
        if owner == .table, elements.count > definitions.count { throw .validation("Invalid KeySchema: Some index key attribute have no definition") }
        var keys: [KeyAttribute] = []
        for element in elements {
            guard let key = definitions.first(where: { ByteOrder.equal($0.name, element.name) }) else {
                // AWS prints two sets; of several names the order is a guess.
                let keys = elements.map(\.name).reversed().joined(separator: ", ")
                let defined = definitions.map(\.name).reversed().joined(separator: ", ")
                throw .invalidParameter("Some index key attributes are not defined in AttributeDefinitions. Keys: [\(keys)], AttributeDefinitions: [\(defined)]")
            }
            keys.append(key)
        }
        if owner == .globalIndex { try checkSeveral(elements) } else { try checkTwo(elements) }
        let partitionCount = elements.prefix { $0.isPartition }.count
        guard let schema = KeySchema(partitions: Array(keys[..<partitionCount]), sorts: Array(keys[partitionCount...])) else { throw firstIsNoPartition }
        return schema
    }

    private static var firstIsNoPartition: AWSError { .validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type") }

    /// A table's or a local index's: a partition key, and at most one sort key.
    private static func checkTwo(_ elements: [KeySchemaElement]) throws(AWSError) {
        guard let first = elements.first else { throw firstIsNoPartition }
        if elements.count > 1, ByteOrder.equal(first.name, elements[1].name) {
            throw .validation("Both the Hash Key and the Range Key element in the KeySchema have the same name")
        }
        guard first.isPartition else { throw firstIsNoPartition }
        guard elements.count < 2 || !elements[1].isPartition else { throw .validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type") }
    }

    /// A global index's: up to four attributes of the partition key, then up to four of the sort key. The order of these checks is a guess.
    private static func checkSeveral(_ elements: [KeySchemaElement]) throws(AWSError) {
        guard let first = elements.first, first.isPartition else { throw firstIsNoPartition }
        for (position, element) in elements.enumerated() where elements[..<position].contains(where: { ByteOrder.equal($0.name, element.name) }) {
            throw .validation("The KeySchema contains multiple key attributes with the same name")
        }
        let partitionCount = elements.prefix { $0.isPartition }.count
        guard !elements[partitionCount...].contains(where: \.isPartition) else {
            throw .invalidParameter("All HASH key attributes must precede RANGE key attributes in the KeySchema")
        }
        for (type, count) in [("HASH", partitionCount), ("RANGE", elements.count - partitionCount)] where count > KeySchema.attributeLimit {
            throw .invalidParameter("The KeySchema exceeds the maximum allowed number of \(type) key attributes")
        }
    }
}

extension Fields {
    mutating func attributeDefinitions() throws(AWSError) -> [KeyAttribute]? {
        try structures("AttributeDefinitions") { (fields) throws(AWSError) in
            let type = try fields.requiredString("AttributeType", .oneOf(["B", "N", "S"]))
            let name = try fields.requiredString("AttributeName", .length(min: 1, max: 255))
            return KeyAttribute(name: name, type: AttributeType(rawValue: type) ?? .string)
        }
    }

    /// - Parameter most: how many elements it may have; a global index's schema has a rule of its own for that.
    mutating func keySchema(most: Int? = 2) throws(AWSError) -> [KeySchemaElement]? {
        let elements = try structures("KeySchema", .length(min: 1), read: KeySchemaElement.read)
        if let elements, let most, elements.count > most {
            let shown = elements.map { "KeySchemaElement(attributeName=\($0.name), keyType=\($0.isPartition ? "HASH" : "RANGE"))" }
            violate("[" + shown.joined(separator: ", ") + "]", "KeySchema", "Member must have length less than or equal to \(most)")
        }
        return elements
    }

    mutating func throughput(_ name: String = "ProvisionedThroughput") throws(AWSError) -> Throughput? {
        try structure(name) { (fields) throws(AWSError) in
            let write = try fields.requiredInt("WriteCapacityUnits", .range(min: 1))
            let read = try fields.requiredInt("ReadCapacityUnits", .range(min: 1))
            return Throughput(read: read, write: write)
        }
    }

    mutating func onDemandThroughput(_ name: String = "OnDemandThroughput") throws(AWSError) -> OnDemandThroughput? {
        try structure(name) { (fields) throws(AWSError) in
            OnDemandThroughput(read: try fields.int("MaxReadRequestUnits"), write: try fields.int("MaxWriteRequestUnits"))
        }
    }

    mutating func tableClass(_ parameter: String = "TableClass") throws(AWSError) -> String? {
        guard let value = try string(parameter) else { return nil }
        guard ["STANDARD", "STANDARD_INFREQUENT_ACCESS"].contains(value) else {
            throw .validation("Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].")
        }
        return value
    }

    mutating func streamSpecification() throws(AWSError) -> StreamSpecification? {
        try structure("StreamSpecification") { (fields) throws(AWSError) in
            if fields["StreamEnabled"] == nil { fields.missing("StreamEnabled") }
            let isEnabled = try fields.bool("StreamEnabled") ?? false
            let view = try fields.string("StreamViewType", .oneOf(["OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"]))
            return StreamSpecification(isEnabled: isEnabled, view: view.flatMap(StreamViewType.init))
        }
    }

    /// The table that a control-plane operation is about, by name or by ARN.
    mutating func controlTableName() throws(AWSError) -> TableReference {
        guard let name = try string("TableName") else { throw .validation("The parameter 'TableName' is required but was not present in the request") }
        if name.hasPrefix("arn:") { return try TableReference(name) }
        _ = try string("TableName", .length(min: 3, max: 255), .namePattern)
        return TableReference(plain: name)
    }

    /// The name of an index that is to be made, or changed.
    mutating func newIndexName() throws(AWSError) -> String { try requiredString("IndexName", .length(min: 3, max: 255), .namePattern) }
}

struct StreamSpecification: Sendable {
    var isEnabled: Bool
    var view: StreamViewType?
}

/// An index as CreateTable or UpdateTable asks for it.
struct IndexDefinition: Sendable {
    var name: String
    var keys: [KeySchemaElement]
    var kind: IndexProjection.Kind?
    var nonKeyAttributes: [String]?
    var throughput: Throughput?
    var onDemandThroughput: OnDemandThroughput?
    var warm: WarmThroughputRequest?

    static func readLocal(_ fields: inout Fields) throws(AWSError) -> IndexDefinition { try read(&fields, mostKeys: 2) }

    static func readGlobal(_ fields: inout Fields) throws(AWSError) -> IndexDefinition { try read(&fields, mostKeys: nil) }

    private static func read(_ fields: inout Fields, mostKeys: Int?) throws(AWSError) -> IndexDefinition {
        var kind: IndexProjection.Kind?
        var nonKeyAttributes: [String]?
        let name = try fields.newIndexName()
        let keys = try fields.keySchema(most: mostKeys)
        if keys == nil { fields.missing("KeySchema") }
        if fields["Projection"] == nil { fields.missing("Projection") }
        try fields.structure("Projection") { (fields) throws(AWSError) in
            kind = try fields.string("ProjectionType", .oneOf(["ALL", "INCLUDE", "KEYS_ONLY"])).flatMap(IndexProjection.Kind.init)
            nonKeyAttributes = try fields.strings("NonKeyAttributes", .length(min: 1, max: 20))
            if let names = nonKeyAttributes, names.contains(where: { $0.isEmpty || $0.unicodeScalars.count > 255 }) {
                fields.violate(
                    "[" + names.joined(separator: ", ") + "]", "NonKeyAttributes",
                    "Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]")
            }
        }
        let throughput = try fields.throughput()
        let onDemandThroughput = try fields.onDemandThroughput()
        return IndexDefinition(
            name: name, keys: keys ?? [], kind: kind, nonKeyAttributes: nonKeyAttributes, throughput: throughput, onDemandThroughput: onDemandThroughput,
            warm: try fields.warmThroughput())
    }

    func projection() throws(AWSError) -> IndexProjection {
        guard let kind else { throw .invalidParameter("Unknown ProjectionType: null") }
        guard kind == .include else {
            if nonKeyAttributes != nil { throw .invalidParameter("ProjectionType is \(kind.rawValue), but NonKeyAttributes is specified") }
            return IndexProjection(kind)
        }
        guard let nonKeyAttributes else { throw .invalidParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified") }
        for (position, name) in nonKeyAttributes.enumerated() where nonKeyAttributes[..<position].contains(where: { ByteOrder.equal($0, name) }) {
            throw .invalidParameter("Duplicate element in NonKeyAttributes: \(name)")
        }
        return IndexProjection(.include, nonKeyAttributes: nonKeyAttributes)
    }

    /// Whether it has a throughput where its table's billing asks for one, and none where not.
    func checkThroughput(_ billing: BillingMode) throws(AWSError) {
        switch (billing, throughput) {
        case (.payPerRequest, .some):
            throw .invalidParameter("ProvisionedThroughput should not be specified for index: \(name) when BillingMode is PAY_PER_REQUEST")
        case (.provisioned, nil): throw .invalidParameter("ProvisionedThroughput is not specified for index: \(name)")
        case (.provisioned, let throughput?): try throughput.checkBounds(index: name)
        case (.payPerRequest, nil): break
        }
    }

    /// The global index, its rules checked.
    func globalIndex(_ definitions: [KeyAttribute], table: KeySchema) throws(AWSError) -> SecondaryIndex {
        let keys = try KeySchemaElement.keys(keys, definitions, of: .globalIndex)
        var index = SecondaryIndex(name: name, isLocal: false, keys: keys, projection: try projection(), table: table, throughput: throughput)
        index.onDemandThroughput = onDemandThroughput
        return index
    }

    /// The local index, its rules checked.
    func localIndex(_ definitions: [KeyAttribute], table: KeySchema) throws(AWSError) -> SecondaryIndex {
        let keys = try KeySchemaElement.keys(keys, definitions, of: .localIndex)
        guard keys.sort != nil else { throw .invalidParameter("Index KeySchema does not have a range key for index: \(name)") }
        guard keys.partition.name == table.partition.name else {
            throw .invalidParameter(
                "Index KeySchema does not have the same leading hash key as table KeySchema for index: \(name). "
                    + "index hash key: \(keys.partition.name), table hash key: \(table.partition.name)")
        }
        return SecondaryIndex(name: name, isLocal: true, keys: keys, projection: try projection(), table: table)
    }
}

extension [SecondaryIndex] {
    /// Most attributes that all indexes of a table may project by name, each counted for every index. The wording is a guess.
    func checkProjections() throws(AWSError) {
        guard reduce(0, { $0 + $1.projection.nonKeyAttributes.count }) <= 100 else {
            throw .invalidParameter("Number of NonKeyAttributes projected across all indexes exceeds per-table limit of 100")
        }
    }
}

extension Throughput {
    /// The most that may be asked for.
    private static let limit = 1_000_000_000_000

    func checkBounds(index: String? = nil) throws(AWSError) {
        let place = index.map { " for index \($0)" } ?? ""
        if read > Self.limit { throw .validation("Given value \(read) for ReadCapacityUnits is out of bounds\(place)") }
        if write > Self.limit { throw .validation("Given value \(write) for WriteCapacityUnits is out of bounds\(place)") }
    }
}

extension OnDemandThroughput {
    private var values: [(name: String, value: Int?)] { [("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)] }

    /// For a new table, or a new index of one: limits are for tables on demand alone.
    func checkNew(_ billing: BillingMode, index: String? = nil) throws(AWSError) {
        let place = index.map { " for index: \($0)" } ?? ""
        for (name, value) in values where value != nil && billing == .provisioned {
            throw .invalidParameter("\(name) for OnDemandThroughput\(place) cannot be specified when table BillingMode is PROVISIONED.")
        }
        try checkRange(index, least: 1)
    }

    /// For one that is there; -1 takes a limit away.
    func checkChange(_ billing: BillingMode, index: String? = nil) throws(AWSError) {
        let place = index.map { " for index : \($0)" } ?? ""
        for (name, value) in values where value != nil && billing == .provisioned {
            throw .invalidParameter("\(name) for OnDemandThroughput\(place) cannot be specified when the table BillingMode is PROVISIONED")
        }
        try checkRange(index, least: -1)
    }

    private func checkRange(_ index: String?, least: Int) throws(AWSError) {
        for (name, value) in values {
            guard let value, value < least || value == 0 else { continue }
            throw .invalidParameter("Requested \(name) for OnDemandThroughput for \(index.map { "index : \($0)" } ?? "table") is outside of valid range")
        }
    }

    func checkLimit(index: String? = nil, region: String) throws(AWSError) {
        for (name, value) in values {
            guard let value, value > CapacityLimits.perTable else { continue }
            let limit = name == "MaxReadRequestUnits" ? "TableMaxReadCapacityUnits" : "TableMaxWriteCapacityUnits"
            throw .subscriberLimit(
                "Requested \(name) for OnDemandThroughput for \(index.map { "index : \($0)" } ?? "table") exceeds \(limit) of the account in region \(region)")
        }
    }
}
