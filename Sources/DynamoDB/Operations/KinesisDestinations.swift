import JSON
import Kernel

/// Kinesis isn't there, so no destination can be enabled (EnableKinesisStreamingDestination is refused by name), and
/// there is none to show, to change or to disable.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html
enum DescribeKinesisStreamingDestination: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard service.state.regions[try input.scope(call)]?.tables[input.name] != nil else { throw .noSuchTable(input.name) }
        return ["TableName": .string(input.name), "KinesisDataStreamDestinations": []]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html
enum DisableKinesisStreamingDestination: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference {
        let table = try fields.controlTableName()
        _ = try fields.requiredString("StreamArn", .length(min: 37, max: 1024))
        return table
    }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard service.state.regions[try input.scope(call)]?.tables[input.name] != nil else { throw .noSuchTable(input.name) }
        throw .validation(
            "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}
