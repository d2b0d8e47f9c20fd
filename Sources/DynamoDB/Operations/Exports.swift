import JSON
import Kernel

/// S3 isn't there, so nothing can be exported: a request that AWS would take is refused by name, any other as AWS refuses it.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
enum ExportTableToPointInTime: Operation {
    struct Input {
        var arn: String
        var time: Timestamp?
        /// The period of an incremental export.
        var period: (from: Timestamp, to: Timestamp?)?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.requiredString("TableArn")
        let time = try fields.timestamp("ExportTime")
        _ = try fields.string("ClientToken", .clientToken)
        _ = try fields.requiredString("S3Bucket", .bucketPattern, .length(max: 255))
        _ = try fields.string("S3BucketOwner", .accountPattern)
        _ = try fields.string("S3Prefix", .length(max: 1024))
        let algorithm = try fields.string("S3SseAlgorithm", .oneOf(["AES256", "KMS"]))
        let key = try fields.string("S3SseKmsKeyId", .length(min: 1, max: 2048))
        _ = try fields.string("ExportFormat", .oneOf(["DYNAMODB_JSON", "ION"]))
        let type = try fields.string("ExportType", .oneOf(["FULL_EXPORT", "INCREMENTAL_EXPORT"]))
        let incremental = try fields.structure("IncrementalExportSpecification") { (fields) throws(AWSError) in
            let times = (from: try fields.timestamp("ExportFromTime"), to: try fields.timestamp("ExportToTime"))
            _ = try fields.string("ExportViewType", .oneOf(["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]))
            return times
        }
        try fields.check()
        if key != nil, algorithm != "KMS" { throw .invalidRequest("KMS Key Id is not supported for this encryption type") }
        return Input(arn: arn, time: time, period: try period(type, incremental))
    }

    private static func period(_ type: String?, _ times: (from: Timestamp?, to: Timestamp?)?) throws(AWSError) -> (from: Timestamp, to: Timestamp?)? {
        switch (type, times) {
        case ("FULL_EXPORT", .some): throw .invalidRequest("When Export Type is Full Export , Incremental Export Specification should not be provided")
        case (nil, .some): throw .invalidRequest("Export Type expected to be Incremental Export when incremental export specification is provided")
        case ("INCREMENTAL_EXPORT", nil): throw .invalidRequest("Incremental Export Specification expected when export type is set as Incremental Export")
        case (_, let times?):
            guard let from = times.from else { throw .invalidRequest("ExportFromTime must be provided in IncrementalExportSpecification") }
            return (from, times.to)
        default: return nil
        }
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard !input.arn.isEmpty else { throw .validation("Invalid TableArn: Invalid Table ARN") }
        guard let arn = ARN(input.arn), arn.service == "dynamodb" else { throw .invalidParameter("tableArn is not a valid ARN") }
        guard case .table(let name) = try ResourceARN(input.arn).resource else { throw .invalidRequest("Table ARN is invalid.") }
        guard arn.account == call.account else { throw AWSError("AccessDeniedException", "Access is denied") }
        guard arn.region == call.region, let table = service.state.regions[call.scope]?.tables[name] else { throw .tableNotFound(input.arn) }
        if let period = input.period {
            try check(period, of: table, now: call.now)
        } else {
            guard let recovery = table.recovery else {
                throw AWSError("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table '\(name)'")
            }
            if let time = input.time, time > call.now || time < recovery.earliest(at: call.now) { throw invalidTime("Export Time is invalid") }
        }
        throw .notImplemented("DynamoDB ExportTableToPointInTime")
    }

    private static func check(_ period: (from: Timestamp, to: Timestamp?), of table: Table, now: Timestamp) throws(AWSError) {
        let start = table.recovery?.enabled ?? now
        guard period.from >= start else { throw invalidTime("Incremental export period from time cannot be less than the table creation time : \(start.iso8601)") }
        let to = period.to ?? now
        guard to <= now else { throw invalidTime("Incremental export period to time cannot be greater than the current time : \(now.iso8601)") }
        guard to - period.from >= .seconds(15 * 60) else {
            throw invalidTime("Difference between export period from time and export period to time is less than 15 minutes")
        }
        guard to - period.from <= .seconds(24 * 3600) else {
            throw invalidTime("Difference between export period from time and export period to time is greater than 24 hours")
        }
    }

    private static func invalidTime(_ what: String) -> AWSError { AWSError("InvalidExportTimeException", what) }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html
enum DescribeExport: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("ExportArn", .length(min: 37, max: 1024)) }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard let arn = ARN(input), arn.service == "dynamodb", arn.isOfTable("export") else { throw .validation("Invalid Export ARN") }
        guard arn.account == call.account else { throw AWSError("AccessDeniedException", "Access is denied") }
        let reason = arn.region == call.region ? "Export not found: \(input)" : "Invalid export arn"
        throw AWSError("ExportNotFoundException", "Export not found: \(reason)")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// There are none.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html
enum ListExports: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? {
        let arn = try fields.string("TableArn", .length(min: 1, max: 1024))
        _ = try fields.int("MaxResults", .range(min: 1, max: 25))
        let token = try fields.string("NextToken")
        try fields.check()
        if let arn { try TransferList.check(arn) }
        return token
    }

    static func run(_ input: String?, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        if let input { throw .invalidRequest("Provided nextToken is invalid: \(input)") }
        return ["ExportSummaries": []]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// As for exports: a request that AWS would take is refused by name.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
enum ImportTable: Operation {
    struct Input {
        var name: String
        var encryption: EncryptionSpecification?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        _ = try fields.string("ClientToken", .clientToken)
        if fields["S3BucketSource"] == nil { fields.missing("S3BucketSource") }
        try fields.structure("S3BucketSource") { (fields) throws(AWSError) in
            _ = try fields.string("S3BucketOwner", .accountPattern)
            _ = try fields.requiredString("S3Bucket", .bucketPattern, .length(max: 255))
            _ = try fields.string("S3KeyPrefix", .length(max: 1024))
        }
        let format = try fields.requiredString("InputFormat", .oneOf(["DYNAMODB_JSON", "ION", "CSV"]))
        let hasOptions = try fields.structure("InputFormatOptions", readOptions) ?? false
        _ = try fields.string("InputCompressionType", .oneOf(["ZSTD", "NONE", "GZIP"]))
        if fields["TableCreationParameters"] == nil { fields.missing("TableCreationParameters") }
        let table = try fields.structure("TableCreationParameters", readTable)
        try fields.check()
        if hasOptions, format != "CSV" { throw .invalidRequest("Unsupported InputFormatOptions for the given input format: \(format).") }
        try table?.check()
        return Input(name: table?.name ?? "", encryption: table?.encryption)
    }

    private static func readOptions(_ fields: inout Fields) throws(AWSError) -> Bool {
        try fields.structure("Csv") { (fields) throws(AWSError) in
            _ = try fields.string("Delimiter", .pattern("[,;:|\\t ]") { [",", ";", ":", "|", "\t", " "].contains($0) }, .length(min: 1, max: 1))
            _ = try fields.strings("HeaderList", .length(min: 1, max: 255))
        }
        return fields["Csv"] != nil
    }

    /// The table that would be made.
    private struct NewTable {
        var name: String
        var definitions: [KeyAttribute]
        var elements: [KeySchemaElement]
        var indexes: [IndexDefinition]?
        var billing: BillingMode
        var throughput: Throughput?
        var onDemandThroughput: OnDemandThroughput?
        var encryption: EncryptionSpecification?

        @CloudActor
        func check() throws(AWSError) {
            try CreateTable.checkBilling(billing, throughput)
            try onDemandThroughput?.checkNew(billing)
            try encryption?.check()
            let keys = try KeySchemaElement.keys(elements, definitions, of: .table)
            let made = try CreateTable.readIndexes(nil, indexes, definitions, keys, billing)
            try CreateTable.checkDefinitions(definitions, keys, made)
        }
    }

    private static func readTable(_ fields: inout Fields) throws(AWSError) -> NewTable {
        let name = try fields.requiredString("TableName", .length(min: 3, max: 255), .namePattern)
        let definitions = try fields.attributeDefinitions()
        if definitions == nil { fields.missing("AttributeDefinitions") }
        let billing = try fields.string("BillingMode", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"])).flatMap(BillingMode.init) ?? .provisioned
        let throughput = try fields.throughput()
        let elements = try fields.keySchema()
        if elements == nil { fields.missing("KeySchema") }
        let indexes = try fields.structures("GlobalSecondaryIndexes", read: IndexDefinition.readGlobal)
        return NewTable(
            name: name, definitions: definitions ?? [], elements: elements ?? [], indexes: indexes, billing: billing, throughput: throughput,
            onDemandThroughput: try fields.onDemandThroughput(), encryption: try fields.encryption())
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        _ = try input.encryption?.keyARN(call)
        if service.state.regions[call.scope]?.tables[input.name] != nil { throw AWSError("ResourceInUseException", "Table already exists: \(input.name)") }
        throw .notImplemented("DynamoDB ImportTable")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html
enum DescribeImport: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("ImportArn", .length(min: 37, max: 1024)) }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard let arn = ARN(input), arn.service == "dynamodb", arn.isOfTable("import") else { throw .validation("Invalid Import ARN") }
        guard arn.account == call.account else { throw AWSError("AccessDeniedException", "Access is denied") }
        throw AWSError("ImportNotFoundException", "Import not found: \(input)")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// There are none.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html
enum ListImports: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? {
        let arn = try fields.string("TableArn", .length(min: 1, max: 1024))
        _ = try fields.int("PageSize", .range(min: 1, max: 25))
        let token = try fields.string("NextToken", .pattern("([0-9a-f]{16})+", TransferList.isToken), .length(min: 112, max: 1024))
        try fields.check()
        if let arn { try TransferList.check(arn) }
        return token
    }

    static func run(_ input: String?, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        if let input { throw .invalidRequest("Provided nextToken is invalid: \(input)") }
        return ["ImportSummaryList": []]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

private enum TransferList {
    /// The table of which exports or imports are asked.
    static func check(_ arn: String) throws(AWSError) {
        guard let parsed = ARN(arn), parsed.service == "dynamodb" else { throw .invalidParameter("tableArn is not a valid ARN") }
    }

    @Sendable
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count % 16 == 0 && text.utf8.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 6 }
    }
}

extension ARN {
    /// Whether it names something of a table: `table/NAME/KIND/ID`.
    fileprivate func isOfTable(_ kind: String) -> Bool {
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "table" && parts[2] == kind && TableReference.isName(String(parts[1]))
    }
}

extension Constraint {
    fileprivate static var bucketPattern: Constraint {
        .pattern("^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$") { text in
            let bytes = Array(text.utf8)
            func isAlphanumeric(_ byte: UInt8) -> Bool { byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 }
            guard bytes.count >= 2, let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else { return false }
            return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }

    fileprivate static var accountPattern: Constraint { .pattern("[0-9]{12}") { $0.utf8.count == 12 && $0.utf8.allSatisfy { $0 &- 48 < 10 } } }
    fileprivate static var clientToken: Constraint { .pattern("^[^\\$]+$") { !$0.isEmpty && !$0.contains("$") } }
}
