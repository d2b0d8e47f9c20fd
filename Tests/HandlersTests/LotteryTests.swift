import JSON
import LambdaRuntime
@testable import Lottery
import Testing

@Suite("Lottery")
struct LotteryTests {
    private let application = LotteryFunctions.application

    static let details: Document = [
        ["employee_id": "003", "employee_name": "Aaron", "lottery_serial": 3], ["employee_id": "009", "employee_name": "Ember", "lottery_serial": 9],
    ]

    @Test("how many winners are wanted goes on as it came")
    func input() async throws {
        #expect(try await FakeAWS().run(application, "InputWinners", ["input": 2]) == ["body": ["num_of_winners": 2]])
        #expect(try await FakeAWS().run(application, "InputWinners", ["input": "2"]) == ["body": ["num_of_winners": "2"]])
        await #expect(throws: CustomError(description: "An error occurred!!")) {
            _ = try await FakeAWS().run(application, "InputWinners", ["input": 2, "exception": nil])
        }
        // The count is looked for first.
        await #expect(throws: KeyError("input")) { _ = try await FakeAWS().run(application, "InputWinners", ["exception": true]) }
    }

    @Test("different serials are drawn and looked up in China's region")
    func select() async throws {
        let aws = FakeAWS { call in
            let serial = call.input["ExpressionAttributeValues"]?[":v0"]?["N"]?.string ?? ""
            return (200, #"{"Count":1,"Items":[{"employee_id":{"S":"0\#(serial)"},"employee_name":{"S":"x"},"lottery_serial":{"N":"\#(serial)"}}]}"#)
        }
        let answer = try await aws.run(application, "RandomSelectWinners", ["num_of_winners": 3])
        #expect(answer["body"]?["num_of_winners"] == 3)
        let serials = answer["body"]?["winner_details"]?.array?.compactMap { $0["lottery_serial"]?.int } ?? []
        #expect(serials.count == 3 && Set(serials).count == 3 && serials.allSatisfy { 1...10 ~= $0 })
        #expect(aws.calls.map(\.scope) == Array(repeating: "cn-northwest-1/dynamodb", count: 3))
        #expect(aws.calls.first?.input == [
            "TableName": "Lottery-Employee", "IndexName": "lottery_serial-index", "KeyConditionExpression": "#n0 = :v0",
            "ExpressionAttributeNames": ["#n0": "lottery_serial"], "ExpressionAttributeValues": [":v0": ["N": .string(String(serials[0]))]],
        ])
        let all = try await aws.run(application, "RandomSelectWinners", ["num_of_winners": 10])
        #expect(Set(all["body"]?["winner_details"]?.array?.compactMap { $0["lottery_serial"]?.int } ?? []) == Set(1...10))
        #expect(try await aws.run(application, "RandomSelectWinners", ["num_of_winners": 0])["body"]?["winner_details"] == [])
    }

    @Test("every serial comes first about as often")
    func evenly() async throws {
        let aws = FakeAWS { call in (200, #"{"Items":[{"lottery_serial":{"N":"\#(call.input["ExpressionAttributeValues"]?[":v0"]?["N"]?.string ?? "")"}}]}"#) }
        var counts = [Int](repeating: 0, count: 11)
        for seed in 0..<1000 {
            let answer = try await aws.run(application, "RandomSelectWinners", ["num_of_winners": 1], aws.context(seed: UInt64(seed)))
            counts[answer["body"]?["winner_details"]?[0]?["lottery_serial"]?.int ?? 0] += 1
        }
        #expect(counts[0] == 0)
        #expect(counts.dropFirst().allSatisfy { 60...140 ~= $0 })
    }

    @Test("a draw that can't be made is an error by its name")
    func badDraws() async {
        let empty = FakeAWS { _ in (200, #"{"Count":0,"Items":[]}"#) }
        await #expect(throws: IndexError()) { _ = try await empty.run(application, "RandomSelectWinners", ["num_of_winners": 2]) }
        // All are looked up before the first one is missed.
        #expect(empty.calls.count == 2)
        await #expect(throws: KeyError("num_of_winners")) { _ = try await FakeAWS().run(application, "RandomSelectWinners", [:]) }
        await #expect(throws: TooManyWinners(count: 11)) { _ = try await FakeAWS().run(application, "RandomSelectWinners", ["num_of_winners": 11]) }
        for (value, type) in [("2" as Document, "str"), (.number("2.0"), "float"), (nil, "NoneType"), ([:], "dict")] {
            await #expect(throws: TypeError(description: "'\(type)' object cannot be interpreted as an integer")) {
                _ = try await FakeAWS().run(application, "RandomSelectWinners", ["num_of_winners": value])
            }
        }
    }

    @Test("a winner of before is seen, and the message names all in their order", arguments: [("004", 0), ("009", 1)])
    func validate(winnerOfBefore: String, status: Int) async throws {
        let aws = FakeAWS { call in
            let id = call.input["ExpressionAttributeValues"]?[":v0"]?["S"]?.string
            return (200, id == winnerOfBefore ? #"{"Count":1,"Items":[{"employee_id":{"S":"009"}}]}"# : #"{"Count":0,"Items":[]}"#)
        }
        let event: Document = ["num_of_winners": 2, "winner_details": Self.details]
        #expect(try await aws.run(application, "ValidateWinners", event) == [
            "body": event, "status": .int(status), "sns": "Congrats! [Aaron Ember] You have selected as the Lucky Champ!",
        ])
        #expect(aws.calls.map(\.scope) == ["cn-northwest-1/dynamodb", "cn-northwest-1/dynamodb"])
        #expect(aws.calls.first?.input == [
            "TableName": "Lottery-Winners", "KeyConditionExpression": "#n0 = :v0", "ExpressionAttributeNames": ["#n0": "employee_id"],
            "ExpressionAttributeValues": [":v0": ["S": "003"]],
        ])
    }

    @Test("the winners' ids are kept")
    func record() async throws {
        let aws = FakeAWS()
        let answer = try await aws.run(application, "RecordWinners", ["winner_details": Self.details])
        #expect(answer == ["body": ["winners": Self.details], "status_code": "SUCCESS"])
        let ids: [Document] = ["003", "009"]
        #expect(aws.calls.map(\.input) == ids.map { ["TableName": "Lottery-Winners", "Item": ["employee_id": ["S": $0]]] })
        await #expect(throws: KeyError("winner_details")) { _ = try await aws.run(application, "RecordWinners", [:]) }
        await #expect(throws: KeyError("employee_id")) { _ = try await aws.run(application, "RecordWinners", ["winner_details": [[:]]]) }
    }

    @Test("the state machine is started with the request's body")
    func invokeProcess() async throws {
        let machine = "arn:aws-cn:states:cn-northwest-1:440939667227:stateMachine:Lottery"
        let aws = FakeAWS { _ in (200, #"{"executionArn":"arn:aws-cn:states:cn-northwest-1:440939667227:execution:Lottery:x","startDate":1}"#) }
        let context = aws.context(region: "cn-northwest-1", ["STATE_MACHINE_ARN": machine])
        let answer = try await aws.run(application, "InvokeProcess", ["httpMethod": "POST", "path": "/lottery", "body": #"{"input": 2}"#], context)
        #expect(answer == ["statusCode": 200, "body": #""arn:aws-cn:states:cn-northwest-1:440939667227:execution:Lottery:x""#])
        let call = try #require(aws.calls.first)
        #expect((call.operation, call.scope, call.input["stateMachineArn"], call.input["input"]) == (
            "StartExecution", "cn-northwest-1/states", .string(machine), #"{"input": 2}"#))
        let name = call.input["name"]?.string ?? ""
        #expect(name.wholeMatch(of: /Lottery-[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }

    @Test("a UUID of version 1 has its time")
    func timeUUID() {
        // RFC 9562, A.1: C232AB00-9414-11EC-B3C8-9F6BDECED846 is 2022-02-22T19:22:22Z.
        let chance: [UInt8] = [0, 0, 0, 0x33, 0xC8, 0x9F, 0x6B, 0xDE, 0xCE, 0xD8, 0x46, 0]
        #expect(TimeUUID.make(at: 1_645_557_742, chance: chance) == "c232ab00-9414-11ec-b3c8-9f6bdeced846")
    }
}
