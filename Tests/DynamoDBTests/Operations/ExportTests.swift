import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Exports, imports and Kinesis destinations")
@CloudActor
struct ExportTests {
    let cloud = TestCloud()
    nonisolated static let arn = "arn:aws:dynamodb:us-west-2:440939667227:table/things"

    @Test("an export that AWS would refuse is refused so, any other by name", arguments: [
        (["TableArn": ""], "ValidationException", "Invalid TableArn: Invalid Table ARN"),
        (["TableArn": "things"], "ValidationException", "One or more parameter values were invalid: tableArn is not a valid ARN"),
        (["TableArn": .string(arn + "x")], "TableNotFoundException", "Table not found: \(arn)x"),
        (["S3SseKmsKeyId": "key"], "ValidationException", "Invalid Request: KMS Key Id is not supported for this encryption type"),
        (["ExportType": "INCREMENTAL_EXPORT"], "ValidationException", "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export"),
        (["ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": [:]], "ValidationException",
            "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"),
        (["S3Bucket": "-"], "ValidationException",
            "1 validation error detected: Value '-' at 's3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$"),
        ([:], "NotImplementedException", "Apus does not implement DynamoDB ExportTableToPointInTime yet."),
    ] as [(Members, String, String)])
    func exports(members: Members, code: String, message: String) async throws {
        try await cloud.makeTable()
        try await cloud.call("UpdateContinuousBackups", ["TableName": "things", "PointInTimeRecoverySpecification": ["PointInTimeRecoveryEnabled": true]])
        var input: Members = ["TableArn": .string(Self.arn), "S3Bucket": "bucket"]
        for member in members { input[member.name] = member.value }
        let error = await cloud.error("ExportTableToPointInTime", .object(input))
        #expect(error?.code == code)
        #expect(error?.message == message)
    }

    @Test("an export needs point-in-time recovery; there are no exports and no imports to show")
    func nothing() async throws {
        try await cloud.makeTable()
        #expect(await cloud.error("ExportTableToPointInTime", ["TableArn": .string(Self.arn), "S3Bucket": "bucket"])
            == AWSError("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table 'things'"))
        #expect(try await cloud.call("ListExports", [:]) == ["ExportSummaries": []])
        #expect(try await cloud.call("ListImports", [:]) == ["ImportSummaryList": []])
        #expect(await cloud.error("DescribeExport", ["ExportArn": .string(Self.arn + "/export/1")])
            == AWSError("ExportNotFoundException", "Export not found: Export not found: \(Self.arn)/export/1"))
        #expect(await cloud.message("DescribeImport", ["ImportArn": .string(Self.arn)]) == "Invalid Import ARN")
    }

    @Test("an import's rules come before its refusal by name")
    func imports() async {
        func refusal(_ changes: Members) async -> String? {
            var table: Members = [
                "TableName": "things", "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]],
                "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]], "BillingMode": "PAY_PER_REQUEST",
            ]
            var input: Members = ["S3BucketSource": ["S3Bucket": "bucket"], "InputFormat": "DYNAMODB_JSON"]
            for member in changes { if member.name == "BillingMode" { table[member.name] = member.value } else { input[member.name] = member.value } }
            input["TableCreationParameters"] = .object(table)
            return await cloud.message("ImportTable", .object(input))
        }
        #expect(await refusal(["BillingMode": "PROVISIONED"])
            == "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
        #expect(await refusal(["InputFormatOptions": ["Csv": ["Delimiter": ","]]]) == "Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.")
        #expect(await refusal([:]) == "Apus does not implement DynamoDB ImportTable yet.")
    }

    @Test("a destination that can't be enabled can't be updated or disabled")
    func destinations() async throws {
        try await cloud.makeTable()
        let stream = "arn:aws:kinesis:us-west-2:440939667227:stream/changes"
        let request: Document = ["TableName": "things", "StreamArn": .string(stream)]
        let precise: Members = ["TableName": "things", "StreamArn": .string(stream)]
        #expect(await cloud.message("UpdateKinesisStreamingDestination", request)
            == "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values")
        var update = precise
        update["UpdateKinesisStreamingConfiguration"] = ["ApproximateCreationDateTimePrecision": "MICROSECOND"]
        #expect(await cloud.message("UpdateKinesisStreamingDestination", .object(update))
            == "Table is not in a valid state to enable Kinesis Streaming Destination: Kinesis streaming is not in ACTIVE state. "
                + "Updates are only allowed in ACTIVE state. TableName: things, kdsArn: \(stream)")
        var disable = precise
        disable["EnableKinesisStreamingConfiguration"] = ["ApproximateCreationDateTimePrecision": "MICROSECOND"]
        #expect(await cloud.message("DisableKinesisStreamingDestination", .object(disable))
            == "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters")
    }
}
