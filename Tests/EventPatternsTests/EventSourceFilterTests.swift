import EventPatterns
import JSON
import Kernel
import Testing

/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
@Suite("Event source filters")
struct EventSourceFilterTests {
    static let record: Document = ["messageId": "1", "eventSource": "aws:sqs", "attributes": ["ApproximateReceiveCount": "1"]]

    @Test("SQS bodies: JSON against an object, text against values", arguments: [
        (#"{"body": {"RequestCode": ["BBBB"]}}"#, #"{"RecordNumber": 1234, "RequestCode": "BBBB"}"#, true),
        (#"{"body": {"RequestCode": ["BBBB"]}}"#, #"{"RecordNumber": 1234, "RequestCode": "AAAA"}"#, false),
        (#"{"body": {"RecordNumber": [{"numeric": [">", 9999]}]}}"#, #"{"RecordNumber": 10000}"#, true),
        (#"{"body": {"RequestCode": ["BBBB"]}}"#, "plain", false),
        (#"{"body": ["Hello"]}"#, "Hello", true),
        (#"{"body": ["Hello"]}"#, "Bye", false),
        (#"{"body": [{"prefix": ""}]}"#, #"{"a": 1}"#, false),
        (#"{"eventSource": ["aws:sqs"]}"#, "anything", true),
        (#"{"body": {"a": ["x"]}, "eventSource": ["aws:other"]}"#, #"{"a": "x"}"#, false),
        (#"{"body": {"RequestCode": [{"exists": false}]}}"#, #"{"x": 1}"#, true),
    ])
    func bodies(_ pattern: String, _ body: String, _ matches: Bool) throws {
        #expect(try EventSourceFilter([pattern]).matches(Self.record, payload: .body, text: body) == matches)
    }

    static let insert: Document = [
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
        "dynamodb": ["Keys": ["CustomerName": ["S": "AnyCompany Industries"]], "NewImage": ["AccountManager": ["S": "Pat Candella"], "PaymentTerms": ["S": "60 days"], "pk": ["N": "5"]]],
    ]

    @Test("DynamoDB records", arguments: [
        (#"{"dynamodb": {"Keys": {"CustomerName": {"S": ["AnyCompany Industries"]}}}}"#, true),
        (#"{"dynamodb": {"Keys": {"CustomerName": {"S": [{"anything-but": ["AnyCompany Industries"]}]}}}}"#, false),
        (#"{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"AccountManager": {"S": [{"prefix": "Pat"}]}}}}"#, true),
        (#"{"eventName": ["REMOVE"]}"#, false),
        (#"{"dynamodb": {"OldImage": {"pk": {"N": [{"exists": false}]}}}}"#, true),
        (#"{"dynamodb": {"NewImage": {"pk": [{"exists": true}]}}}"#, false),
        (#"{"dynamodb": {"NewImage": {"pk": {"N": [5]}}}}"#, false),
        (#"{"dynamodb": {"NewImage": {"pk": {"N": ["5"]}}}}"#, true),
        (#"{"$or": [{"eventName": ["MODIFY"]}, {"dynamodb": {"NewImage": {"PaymentTerms": {"S": [{"suffix": "days"}]}}}}]}"#, true),
    ])
    func dynamoDB(_ pattern: String, _ matches: Bool) throws {
        #expect(try EventSourceFilter([pattern]).matches(Self.insert) == matches)
    }

    @Test("Kinesis data, decoded")
    func kinesis() throws {
        let filter = try EventSourceFilter([#"{"data": {"RequestCode": ["BBBB"]}, "partitionKey": ["1"]}"#])
        #expect(filter.matches(["partitionKey": "1"], payload: .data, text: #"{"RequestCode": "BBBB"}"#))
        #expect(!filter.matches(["partitionKey": "2"], payload: .data, text: #"{"RequestCode": "BBBB"}"#))
        #expect(!filter.matches(["partitionKey": "1"], payload: .data, text: "no JSON"))
    }

    @Test("one of several filters is enough; none lets all through")
    func several() throws {
        let filter = try EventSourceFilter([#"{"eventName": ["REMOVE"]}"#, #"{"eventName": ["INSERT"]}"#])
        #expect(filter.matches(Self.insert))
        #expect(try EventSourceFilter([]).matches(Self.insert))
        #expect(try EventSourceFilter([]).matches(Self.record, payload: .body, text: "x"))
    }

    @Test("what isn't a pattern is refused without a reason", arguments: [
        "", "{}", "[]", #"{"a": "x"}"#, #"{"a": []}"#, #"{"a": [{"wildcard": "*"}]}"#, #"{"a": [{"unknown": 1}]}"#, "{" + String(repeating: " ", count: 4_096),
    ])
    func refused(_ pattern: String) {
        do throws(EventPatternError) {
            _ = try EventSourceFilter([pattern])
            Issue.record("taken")
        } catch {
            #expect(error.answer().code == "InvalidParameterValueException")
            #expect(error.answer().message == "Invalid filter pattern definition.")
        }
    }
}
