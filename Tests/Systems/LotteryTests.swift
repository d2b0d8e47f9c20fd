import Cloud
import JSON
import Kernel
import LambdaRuntime
import Lottery
import Testing

/// The lottery's four functions in China, called one by one as its state machine calls them.
@CloudActor
@Suite("Lottery")
struct LotteryTests {
    private func deploy() async throws -> Deployed {
        let lottery = try await Deployed([LotteryFunctions.application], region: "cn-northwest-1")
        for table in ["Lottery-Winners", "Lottery-Employee"] { _ = try await lottery.createTable(table, hash: "employee_id") }
        let items = try Document(json: Deployed.fixture("lottery/request-items.json"))
        let unprocessed = try await lottery.client.call(.dynamoDB, "BatchWriteItem", ["RequestItems": items])["UnprocessedItems"]
        #expect(unprocessed == [:])
        _ = try await lottery.client.call(.dynamoDB, "UpdateTable", [
            "TableName": "Lottery-Employee", "AttributeDefinitions": [["AttributeName": "lottery_serial", "AttributeType": "N"]],
            "GlobalSecondaryIndexUpdates": [
                ["Create": [
                    "IndexName": "lottery_serial-index", "KeySchema": [["AttributeName": "lottery_serial", "KeyType": "HASH"]],
                    "Projection": ["ProjectionType": "ALL"], "ProvisionedThroughput": ["ReadCapacityUnits": 5, "WriteCapacityUnits": 5],
                ]],
            ],
        ])
        await lottery.cloud.settle()
        for name in ["InputWinners", "RandomSelectWinners", "ValidateWinners", "RecordWinners"] {
            try await lottery.createFunction("Lottery-\(name)", handler: "Lottery.\(name)")
        }
        return lottery
    }

    private func run(_ lottery: Deployed, _ function: String, _ input: Document?) async throws -> Document {
        let answer = try await lottery.invoke("Lottery-\(function)", input ?? .null)
        #expect(answer.failure == nil)
        return try #require(answer.document)
    }

    @Test("two winners are drawn, checked and kept")
    func draw() async throws {
        let lottery = try await deploy()
        let arn = try await lottery.client.send(.lambda, "GET", "/2015-03-31/functions/Lottery-InputWinners/configuration", json: nil)["FunctionArn"]
        #expect(arn == "arn:aws-cn:lambda:cn-northwest-1:123456789012:function:Lottery-InputWinners")
        let input = try await run(lottery, "InputWinners", ["input": 2])
        #expect(input == ["body": ["num_of_winners": 2]])
        let drawn = try await run(lottery, "RandomSelectWinners", input["body"])
        let details = try #require(drawn["body"]?["winner_details"]?.array)
        #expect(details.count == 2)
        for winner in details {
            #expect(winner.object?.map(\.name).sorted() == ["employee_entry_date", "employee_id", "employee_name", "lottery_serial"])
            #expect(winner["employee_entry_date"] == "20190924")
            #expect(winner["lottery_serial"]?.int == winner["employee_id"]?.string.flatMap { Int($0) })
        }
        let valid = try await run(lottery, "ValidateWinners", drawn["body"])
        let names = details.compactMap { $0["employee_name"]?.string }.joined(separator: " ")
        #expect(valid == ["body": drawn["body"] ?? .null, "status": 0, "sns": .string("Congrats! [\(names)] You have selected as the Lucky Champ!")])
        let recorded = try await run(lottery, "RecordWinners", valid["body"])
        #expect(recorded == ["body": ["winners": .array(details)], "status_code": "SUCCESS"])
        let ids = try await lottery.client.dynamoDB.scan("Lottery-Winners")
        #expect(Set(ids.compactMap { $0["employee_id"]?.string }) == Set(details.compactMap { $0["employee_id"]?.string }))
        #expect(ids.allSatisfy { $0.count == 1 })
        // The same ones again have won before.
        #expect(try await run(lottery, "ValidateWinners", drawn["body"])["status"] == 1)
        await lottery.cloud.shutdown()
    }

    @Test("five draws of two exhaust the ten; a sixth one finds only winners of before")
    func exhausted() async throws {
        let lottery = try await deploy()
        for draw in 1...5 {
            var valid: Document = [:]
            repeat {
                valid = try await run(lottery, "ValidateWinners", try await run(lottery, "RandomSelectWinners", ["num_of_winners": 2])["body"])
            } while valid["status"] == 1
            _ = try await run(lottery, "RecordWinners", valid["body"])
            #expect(try await lottery.client.dynamoDB.scan("Lottery-Winners").count == 2 * draw)
        }
        for _ in 0..<5 {
            let drawn = try await run(lottery, "RandomSelectWinners", ["num_of_winners": 2])
            #expect(try await run(lottery, "ValidateWinners", drawn["body"])["status"] == 1)
        }
        await lottery.cloud.shutdown()
    }

    @Test("errors have the names that the state machine catches")
    func errors() async throws {
        let lottery = try await deploy()
        let custom = try await lottery.invoke("Lottery-InputWinners", ["input": 2, "exception": true])
        #expect((custom.functionError, custom.failure) == ("Unhandled", LambdaError(type: "CustomError", message: "An error occurred!!")))
        #expect(try await lottery.invoke("Lottery-InputWinners", [:]).failure == LambdaError(type: "KeyError", message: "'input'"))
        for serial in 1...10 {
            let id = serial < 10 ? "00\(serial)" : "0\(serial)"
            try await lottery.client.dynamoDB.deleteItem("Lottery-Employee", key: ["employee_id": .string(id)])
        }
        let emptied = try await lottery.invoke("Lottery-RandomSelectWinners", ["num_of_winners": 2])
        #expect(emptied.failure == LambdaError(type: "IndexError", message: "list index out of range"))
        await lottery.cloud.shutdown()
    }
}
