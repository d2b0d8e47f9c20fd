import Cloud
import HTTPServer
import JSON
import Kernel
import LambdaRuntime
import Testing
import Transactions

/// The transactions lab, as its document plays it; its bucket is a server of the test.
@CloudActor
@Suite("Transactions")
struct TransactionsTests {
    static let bucket = "qls-inputs3bucketfortransact-1"
    static let queues = ["CustomerNotify", "CreditCollection"]

    @CloudActor
    private final class Lab {
        let deployed: Deployed
        var files: [String: [UInt8]] = [:]
        private var server: WebServer?
        private var queueURLs: [String: String] = [:]

        init() async throws { deployed = try await Deployed([TransactionsFunctions.application], region: "us-east-1") }

        func deploy() async throws {
            _ = try await deployed.createTable("Customer", hash: "CustomerId")
            let table = try await deployed.createTable("Transactions", hash: "CustomerId", range: "TransactionId", stream: "NEW_AND_OLD_IMAGES")
            _ = try await deployed.createTable("TransactionTotal", hash: "CustomerId")
            try await createTopic()
            let server = WebServer(now: { Timestamp(seconds: 0) }) { [weak self] request, responder in
                if let file = self?.files[request.target] { return responder.respond(HTTPResponse(status: 200, body: file)) }
                responder.respond(HTTPResponse(status: 404, body: Array("<Error><Code>NoSuchKey</Code><Message>none</Message></Error>".utf8)))
            }
            self.server = server
            let s3: Document = .string("http://127.0.0.1:\(try server.listen(port: 0))")
            try await deployed.createFunction(
                "TransactionProcessor", handler: "Transactions.TransactionProcessor", timeout: 20, variables: ["AWS_ENDPOINT_URL_S3": s3])
            try await deployed.createFunction("TotalNotifier", handler: "Transactions.TotalNotifier", timeout: 20)
            _ = try await deployed.client.send(.lambda, "POST", "/2015-03-31/event-source-mappings", json: [
                "EventSourceArn": table["LatestStreamArn"] ?? .null, "FunctionName": "TotalNotifier", "StartingPosition": "LATEST",
            ])
        }

        private func createTopic() async throws {
            let topic = try await deployed.client.call(.sns, "CreateTopic", ["Name": "HighBalanceAlert", "Attributes": ["entry.1.key": "DisplayName", "entry.1.value": "HighAlert"]])
            for name in TransactionsTests.queues {
                let url = try await deployed.client.call(.sqs, "CreateQueue", ["QueueName": .string(name)])["QueueUrl"]?.string ?? ""
                queueURLs[name] = url
                let endpoint = "arn:aws:sqs:us-east-1:\(Deployed.account):\(name)"
                let policy: Document = [
                    "Version": "2012-10-17",
                    "Statement": [["Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": .string(endpoint)]],
                ]
                _ = try await deployed.client.call(.sqs, "SetQueueAttributes", ["QueueUrl": .string(url), "Attributes": ["Policy": .string(policy.jsonString())]])
                _ = try await deployed.client.call(.sns, "Subscribe", ["TopicArn": topic["TopicArn"] ?? .null, "Protocol": "sqs", "Endpoint": .string(endpoint)])
            }
        }

        /// Puts a file into the bucket, which invokes the processor with S3's event.
        func upload(_ file: [UInt8], as encodedKey: String = "transactions.txt") async throws -> LambdaClient.Invocation {
            files["/\(TransactionsTests.bucket)/\(encodedKey.replacing("+", with: "%20"))"] = file
            return try await deployed.invoke("TransactionProcessor", [
                "Records": [
                    [
                        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
                        "s3": ["bucket": ["name": .string(TransactionsTests.bucket)], "object": ["key": .string(encodedKey), "size": .int(file.count)]],
                    ],
                ],
            ])
        }

        func items(_ table: String) async throws -> [Item] { try await deployed.client.dynamoDB.scan(table) }

        func totals() async throws -> [String: Int] {
            var totals: [String: Int] = [:]
            for item in try await items("TransactionTotal") { totals[item["CustomerId"]?.string ?? ""] = item["accountBalance"]?.int }
            return totals
        }

        /// The envelopes that wait in a queue.
        func messages(_ queue: String) async throws -> [Document] {
            try await deployed.client.sqs.receive(queueURLs[queue] ?? "", maximum: 10, visibilityTimeout: 0).compactMap { try? Document(json: $0.body) }
        }

        func stop() async {
            await server?.shutdown(within: .zero)
            await deployed.cloud.shutdown()
        }
    }

    @Test("24 transactions make totals of 598 and 1750, and one alert at T24 in both queues; twice is once")
    func lab() async throws {
        let lab = try await Lab()
        try await lab.deploy()
        let file = try Deployed.fixture("transactions/transactions.txt")
        let answer = try await lab.upload(file)
        #expect((answer.document, answer.failure) == ("24 transactions inserted", nil))
        #expect(answer.logTail?.contains("C2 2 Smith Street, London T24 03/16/2017 400\n") == true)
        try await checkItems(lab)
        #expect(try await lab.totals() == ["C1": 598, "C2": 1750])
        try await checkAlerts(lab, ["1750"])

        // Puts that change nothing leave no record in the stream.
        #expect(try await lab.upload(file).document == "24 transactions inserted")
        #expect(try await lab.totals() == ["C1": 598, "C2": 1750])
        try await checkAlerts(lab, ["1750"])

        // One more, in a file whose name has a space: another alert, for the balance is still high.
        let more = file + Array("C2|2 Smith Street, London|T25|03/17/2017|1\n".utf8)
        #expect(try await lab.upload(more, as: "more+transactions.txt").document == "25 transactions inserted")
        #expect(try await lab.totals() == ["C1": 598, "C2": 1751])
        try await checkAlerts(lab, ["1750", "1751"])
        await lab.stop()
    }

    private func checkItems(_ lab: Lab) async throws {
        let customers = try await lab.items("Customer").sorted { $0["CustomerId"]?.string ?? "" < $1["CustomerId"]?.string ?? "" }
        #expect(customers == [
            ["CustomerId": "C1", "Address": "1 Smith Street, London"], ["CustomerId": "C2", "Address": "2 Smith Street, London"],
        ])
        let transactions = try await lab.items("Transactions")
        #expect(transactions.count == 24)
        #expect(transactions.contains(["CustomerId": "C2", "TransactionId": "T24", "TransactionDate": "03/16/2017", "TransactionAmount": 400]))
    }

    private func checkAlerts(_ lab: Lab, _ balances: [String]) async throws {
        for queue in Self.queues {
            let messages = try await lab.messages(queue)
            #expect(messages.compactMap { $0["Message"]?.string }.sorted() == balances.map { #"{"customerID": "C2", "accountBalance": "\#($0)"}"# })
            for message in messages {
                #expect((message["Type"], message["Subject"]) == ("Notification", "Warning! Account balance is very high"))
                #expect(message["TopicArn"]?.string == "arn:aws:sns:us-east-1:\(Deployed.account):HighBalanceAlert")
                let names = ["MessageId", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"]
                #expect(names.allSatisfy { message[$0]?.string?.isEmpty == false })
            }
        }
    }

    @Test("a file without its columns fails the function by the error's name, and a missing one too")
    func failures() async throws {
        let lab = try await Lab()
        try await lab.deploy()
        let failed = try await lab.upload(Array("C1|1 Smith Street, London|T01|03/16/2017|100\nC1|a|T02|d|1\n".utf8))
        #expect(failed.functionError == "Unhandled")
        #expect(failed.failure == LambdaError(type: "KeyError", message: "'customer_id'"))
        #expect(try await lab.items("Customer").isEmpty)
        lab.files = [:]
        let missing = try await lab.deployed.invoke("TransactionProcessor", [
            "Records": [["eventName": "ObjectCreated:Put", "s3": ["bucket": ["name": "b"], "object": ["key": "k"]]]],
        ])
        #expect(missing.failure == LambdaError(type: "AWSServiceError", message: "NoSuchKey: none"))
        await lab.stop()
    }
}
