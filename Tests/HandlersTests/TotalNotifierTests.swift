import JSON
import LambdaRuntime
import Testing
@testable import Transactions

@Suite("Transactions: totals and alerts")
struct TotalNotifierTests {
    static let topics = """
        <ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>arn:aws:sns:eu-west-1:440939667227:Other</TopicArn></member>
        <member><TopicArn>arn:aws:sns:eu-west-1:440939667227:HighBalanceAlert</TopicArn></member></Topics></ListTopicsResult></ListTopicsResponse>
        """

    private func record(_ customer: String, _ amount: String) -> Document {
        [
            "eventName": "INSERT",
            "dynamodb": ["Keys": [:], "NewImage": ["CustomerId": ["S": .string(customer)], "TransactionAmount": ["N": .string(amount)]]],
        ]
    }

    private func aws(balances: [String], topics: String = topics) -> FakeAWS {
        let counter = Counter()
        return FakeAWS { call in
            switch call.operation {
            case "ListTopics": (200, topics)
            case "UpdateItem": (200, #"{"Attributes":{"accountBalance":{"N":"\#(balances[counter.next()])"}}}"#)
            default: (200, "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>")
            }
        }
    }

    @Test("each record is added, and a balance of 1500 or more is told of")
    func alert() async throws {
        let aws = aws(balances: ["1499", "1500", "1500.5"])
        let answer = try await aws.run(
            TransactionsFunctions.application, "TotalNotifier", ["Records": [record("C1", "99"), record("C2", "1"), record("C2", "-3")]])
        #expect(answer == "Successfully processed 3 records.")
        #expect(aws.operations == ["ListTopics", "UpdateItem", "UpdateItem", "Publish", "UpdateItem", "Publish"])
        #expect(aws.calls[1].input == [
            "TableName": "TransactionTotal", "Key": ["CustomerId": ["S": "C1"]], "UpdateExpression": "add accountBalance :val",
            "ExpressionAttributeValues": [":val": ["N": "99"]], "ReturnValues": "UPDATED_NEW",
        ])
        #expect(aws.calls[3].input == [
            "Action": "Publish", "Version": "2010-03-31", "TopicArn": "arn:aws:sns:eu-west-1:440939667227:HighBalanceAlert",
            "Message": #"{"customerID": "C2", "accountBalance": "1500"}"#, "Subject": "Warning! Account balance is very high", "MessageStructure": "raw",
        ])
        #expect(aws.log == [
            "Latest account balance: 1499", "Latest account balance: 1500", #"{"customerID": "C2", "accountBalance": "1500"}"#,
            "Latest account balance: 1500.5", #"{"customerID": "C2", "accountBalance": "1500.5"}"#,
        ])
    }

    @Test("without the topic nothing is added")
    func noTopic() async {
        let aws = aws(balances: ["1"], topics: "<ListTopicsResponse><ListTopicsResult><Topics/></ListTopicsResult></ListTopicsResponse>")
        await #expect(throws: IndexError()) { _ = try await aws.run(TransactionsFunctions.application, "TotalNotifier", ["Records": [record("C1", "1")]]) }
        #expect(aws.operations == ["ListTopics"])
    }

    @Test("a record without a new image, or of an amount that is not whole, fails the batch")
    func badRecords() async {
        let removal: Document = ["eventName": "REMOVE", "dynamodb": ["Keys": [:]]]
        await #expect(throws: KeyError("NewImage")) { _ = try await aws(balances: []).run(TransactionsFunctions.application, "TotalNotifier", ["Records": [removal]]) }
        await #expect(throws: ValueError(text: "1.5")) {
            _ = try await aws(balances: []).run(TransactionsFunctions.application, "TotalNotifier", ["Records": [record("C1", "1.5")]])
        }
    }
}
