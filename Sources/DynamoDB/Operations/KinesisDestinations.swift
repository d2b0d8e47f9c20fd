import JSON
import Kernel

/// Kinesis isn't there, so no destination can be enabled: a request that AWS would take is refused by name, any other as AWS refuses it. So there
/// is none to show, to change or to disable.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
enum EnableKinesisStreamingDestination: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> KinesisDestination { try KinesisDestination.read(&fields, "EnableKinesisStreamingConfiguration") }

    static func run(_ input: KinesisDestination, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        try service.table(input.table, call).checkNotInUse()
        throw .notImplemented("DynamoDB EnableKinesisStreamingDestination")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateKinesisStreamingDestination.html
enum UpdateKinesisStreamingDestination: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> KinesisDestination { try KinesisDestination.read(&fields, "UpdateKinesisStreamingConfiguration") }

    static func run(_ input: KinesisDestination, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard input.precision != nil else {
            throw .validation(
                "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values")
        }
        let table = try service.table(input.table, call)
        throw .validation(
            "Table is not in a valid state to enable Kinesis Streaming Destination: Kinesis streaming is not in ACTIVE state. "
                + "Updates are only allowed in ACTIVE state. TableName: \(table.name), kdsArn: \(input.stream)")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html
enum DescribeKinesisStreamingDestination: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        ["TableName": .string(try service.table(input, call).name), "KinesisDataStreamDestinations": []]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html
enum DisableKinesisStreamingDestination: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> KinesisDestination { try KinesisDestination.read(&fields, "EnableKinesisStreamingConfiguration") }

    static func run(_ input: KinesisDestination, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        if input.precision != nil { throw .validation("Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters") }
        _ = try service.table(input.table, call)
        throw .validation(
            "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// What the requests about a destination have in common.
struct KinesisDestination: Sendable {
    var table: TableReference
    var stream: String
    var precision: String?

    static func read(_ fields: inout Fields, _ configuration: String) throws(AWSError) -> KinesisDestination {
        let table = try fields.controlTableName()
        let stream = try fields.requiredString("StreamArn", .length(min: 37, max: 1024))
        let precision = try fields.structure(configuration) { (fields) throws(AWSError) in
            try fields.string("ApproximateCreationDateTimePrecision", .oneOf(["MILLISECOND", "MICROSECOND"]))
        }
        return KinesisDestination(table: table, stream: stream, precision: precision ?? nil)
    }
}

extension DynamoDBService {
    /// The table that a control-plane operation is about.
    func table(_ reference: TableReference, _ call: Call) throws(AWSError) -> Table {
        guard let table = state.regions[try reference.scope(call)]?.tables[reference.name] else { throw .noSuchTable(reference.name) }
        return table
    }
}
