import JSON
import LambdaRuntime
import Testing
@testable import Transactions

@Suite("Transactions: the file")
struct TransactionProcessorTests {
    static let header = "customer_id|customer_address|trn_id|trn_date|trn_amount\n"

    private func event(_ key: String = "transactions.txt") -> Document {
        ["Records": [["eventName": "ObjectCreated:Put", "s3": ["bucket": ["name": "inputs3bucketfortransact"], "object": ["key": .string(key)]]]]]
    }

    private func process(_ file: String, _ answer: @escaping FakeAWS.Answer = { _ in (200, "{}") }) async throws -> (aws: FakeAWS, answer: Document) {
        let aws = FakeAWS { $0.operation.hasPrefix("GET") ? (200, file) : answer($0) }
        return (aws, try await aws.run(TransactionsFunctions.application, "TransactionProcessor", event()))
    }

    @Test("each row is a customer and a transaction")
    func rows() async throws {
        let (aws, answer) = try await process(Self.header + "C1|1 Smith Street, London|T01|03/16/2017|100\nC2|2 Smith Street, London|T02|03/16/2017|200\n")
        #expect(answer == "2 transactions inserted")
        #expect(aws.operations == ["GET /inputs3bucketfortransact/transactions.txt", "PutItem", "PutItem", "PutItem", "PutItem"])
        #expect(aws.calls[1].input == ["TableName": "Customer", "Item": ["CustomerId": ["S": "C1"], "Address": ["S": "1 Smith Street, London"]]])
        #expect(aws.calls[2].input == [
            "TableName": "Transactions",
            "Item": ["CustomerId": ["S": "C1"], "TransactionId": ["S": "T01"], "TransactionDate": ["S": "03/16/2017"], "TransactionAmount": ["N": "100"]],
        ])
        #expect(aws.log.first?.hasPrefix("Event received by Lambda function: {\n  \"Records\": [") == true)
        #expect(aws.log.dropFirst() == ["C1 1 Smith Street, London T01 03/16/2017 100", "C2 2 Smith Street, London T02 03/16/2017 200"])
    }

    @Test("a key with a space or a plus sign is the object's own")
    func key() async throws {
        let aws = FakeAWS { _ in (200, Self.header) }
        let answer = try await aws.run(TransactionsFunctions.application, "TransactionProcessor", event("in/my+file%2B1.txt"))
        #expect(answer == "0 transactions inserted")
        #expect(aws.operations == ["GET /inputs3bucketfortransact/in/my%20file%2B1.txt"])
        #expect(aws.calls.first?.scope == "eu-west-1/s3")
    }

    @Test("a file without its columns is a KeyError and inserts nothing")
    func columns() async throws {
        await #expect(throws: KeyError("customer_id")) { _ = try await process("C1|1 Smith Street, London|T01|03/16/2017|100\nC2|a|T02|d|1\n") }
        await #expect(throws: KeyError("trn_amount")) { _ = try await process("customer_id|customer_address|trn_id|trn_date\nC1|a|T|d\n") }
        #expect(KeyError("customer_id").description == "'customer_id'")
    }

    @Test("what can't be inserted is logged and counts")
    func refused() async throws {
        let (aws, answer) = try await process(Self.header + "C1|a|T01|d|many\nC2|b|T02|d\nC3|c|T03|d| 7 \n") { call in
            call.input["Item"]?["CustomerId"] == ["S": "C3"] && call.input["TableName"] == "Customer"
                ? (400, #"{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}"#) : (200, "{}")
        }
        #expect(answer == "3 transactions inserted")
        #expect(aws.operations.dropFirst() == ["PutItem", "PutItem", "PutItem"])
        #expect(aws.log.dropFirst() == [
            "C1 a T01 d many", "invalid literal for int() with base 10: 'many'", "Unable to insert data into DynamoDB table",
            "C2 b T02 d None", "invalid literal for int() with base 10: 'None'", "Unable to insert data into DynamoDB table",
            "C3 c T03 d  7 ", "ValidationException: no", "Unable to insert data into DynamoDB table",
        ])
    }

    @Test("an object that isn't there fails the invocation")
    func missing() async {
        let aws = FakeAWS { _ in (404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>") }
        await #expect(throws: AWSServiceError.self) { _ = try await aws.run(TransactionsFunctions.application, "TransactionProcessor", event()) }
        #expect(aws.log.last == "Error getting object transactions.txt from bucket inputs3bucketfortransact. "
            + "Make sure they exist and your bucket is in the same region as this function.")
        await #expect(throws: IndexError()) { _ = try await aws.run(TransactionsFunctions.application, "TransactionProcessor", ["Records": []]) }
    }

    @Test("fields may be quoted, lines empty, and end as they like")
    func delimited() throws {
        let file = DelimitedFile(Array("a|b\r\n\r\n\"x|y\"|\"say \"\"hi\"\"\nthere\"\r\n1|2|3\n|\nlast".utf8), delimiter: "|")
        #expect(file.rows.map { $0.fields } == [
            ["a": "x|y", "b": "say \"hi\"\nthere"], ["a": "1", "b": "2"], ["a": "", "b": ""], ["a": "last", "b": nil],
        ])
        #expect(DelimitedFile([], delimiter: "|").rows.isEmpty)
    }

    @Test("whole numbers are kept whatever their size", arguments: [
        ("100", "100"), (" -007\n", "-7"), ("+5", "5"), ("-0", "0"), ("123456789012345678901234567890", "123456789012345678901234567890"),
    ])
    func numbers(text: String, number: String) throws { #expect(try WholeNumber(text).text == number) }

    @Test("what is no whole number", arguments: ["", "-", "1.5", "1e3", "1 2", "٣"])
    func noNumbers(text: String) { #expect(throws: ValueError(text: text)) { try WholeNumber(text) } }
}
