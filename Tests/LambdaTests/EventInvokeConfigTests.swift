import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Event invoke configurations")
@CloudActor
struct EventInvokeConfigTests {
    let arn = "arn:aws:lambda:us-west-2:440939667227:function:f"

    private func cloud() async throws(AWSError) -> EventCloud {
        let cloud = EventCloud()
        try await cloud.function("f") { payload, _ in payload }
        return cloud
    }

    @Test("put replaces all settings, update those that it names, and both answer the whole")
    func putAndUpdate() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let put = try await cloud.call("PutFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60])
        #expect(put.document == [
            "LastModified": .double(1_638_756_111), "FunctionArn": .string("\(arn):$LATEST"), "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60,
            "DestinationConfig": ["OnSuccess": [:], "OnFailure": [:]],
        ])
        let updated = try await cloud.call("UpdateFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumRetryAttempts": 0]).document
        #expect(updated["MaximumRetryAttempts"] == 0)
        #expect(updated["MaximumEventAgeInSeconds"] == 60)
        let replaced = try await cloud.call("PutFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumRetryAttempts": 1]).document
        #expect(replaced["MaximumEventAgeInSeconds"] == nil)
        #expect(try await cloud.call("GetFunctionEventInvokeConfig", ["FunctionName": .string(arn)]).document == replaced)
        #expect(try await cloud.call("GetFunctionEventInvokeConfig", ["FunctionName": "f", "Qualifier": "$LATEST"]).document == replaced)
    }

    @Test("what isn't there is told in AWS's words", arguments: ["GetFunctionEventInvokeConfig", "DeleteFunctionEventInvokeConfig"])
    func absent(_ operation: String) async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        #expect(await cloud.error(operation, ["FunctionName": "f"]) == .notFound("The function \(arn):$LATEST doesn't have an EventInvokeConfig"))
        #expect(await cloud.error(operation, ["FunctionName": "f:live"]) == .notFound("The function \(arn):live doesn't have an EventInvokeConfig"))
        let other = "The function arn:aws:lambda:us-west-2:440939667227:function:doesnotexist:$LATEST doesn't have an EventInvokeConfig"
        #expect(await cloud.error(operation, ["FunctionName": "doesnotexist"]) == .notFound(other))
    }

    @Test("put, update and list of a function that isn't there", arguments: [
        "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig", "ListFunctionEventInvokeConfigs",
    ])
    func noFunction(_ operation: String) async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        for name in ["g", "f:live"] {
            #expect(await cloud.error(operation, ["FunctionName": .string(name), "MaximumRetryAttempts": 0]) == .notFound("The function doesn't exist."))
        }
    }

    @Test("update wants a configuration")
    func updateOfNothing() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let error = await cloud.error("UpdateFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumRetryAttempts": 0])
        #expect(error == .notFound("The function \(arn):$LATEST doesn't have an EventInvokeConfig"))
    }

    @Test("a list goes by pages, and ends when the last is deleted")
    func listed() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        cloud.alias("live", of: "f")
        for name in ["f", "f:live"] { try await cloud.call("PutFunctionEventInvokeConfig", ["FunctionName": .string(name), "MaximumRetryAttempts": 0]) }
        let first = try await cloud.call("ListFunctionEventInvokeConfigs", ["FunctionName": "f", "MaxItems": 1]).document
        #expect(first["FunctionEventInvokeConfigs"]?.array?.map { $0["FunctionArn"]?.string } == ["\(arn):$LATEST"])
        let marker = try #require(first["NextMarker"])
        let second = try await cloud.call("ListFunctionEventInvokeConfigs", ["FunctionName": "f", "Marker": marker]).document
        #expect(second["FunctionEventInvokeConfigs"]?.array?.map { $0["FunctionArn"]?.string } == ["\(arn):live"])
        #expect(second["NextMarker"] == nil)
        for name in ["f", "f:live"] { try await cloud.call("DeleteFunctionEventInvokeConfig", ["FunctionName": .string(name)]) }
        #expect(try await cloud.call("ListFunctionEventInvokeConfigs", ["FunctionName": "f"]).document == ["FunctionEventInvokeConfigs": []])
    }

    @Test("settings out of their ranges are refused together")
    func ranges() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let error = await cloud.error("PutFunctionEventInvokeConfig", ["FunctionName": "f", "MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 59])
        #expect(error == .validation(
            "2 validation errors detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2; "
                + "Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"))
        let empty = await cloud.error("PutFunctionEventInvokeConfig", ["FunctionName": "f"])
        #expect(empty == .invalidParameter("You must specify at least one of error handling or destination setting."))
    }

    @Test("destinations are looked at before they are kept")
    func destinations() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let queue = try await cloud.queue("q")
        let error = { (success: String) in
            await cloud.error("PutFunctionEventInvokeConfig", ["FunctionName": "f", "DestinationConfig": ["OnSuccess": ["Destination": .string(success)]]])
        }
        #expect(await error(queue) == nil)
        for absent in ["lambda:us-west-2:440939667227:function:g", "sqs:us-west-2:440939667227:nothing", "sns:us-west-2:440939667227:nothing"] {
            #expect(await error("arn:aws:\(absent)") == .invalidParameter("The destination ARN arn:aws:\(absent) is invalid."))
        }
        #expect(await error(arn) == .invalidParameter("You can't specify the function as a destination for itself."))
        let wrong = "arn:aws:iam:us-west-2:440939667227:function:f"
        #expect(await error(wrong) == .invalidParameter(
            "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=\(wrong)), onFailure=null) is invalid."))
        #expect(await error("arn:aws:events:us-west-2:440939667227:event-bus/default")?.status == 501)
        let malformed = await error("arn:aws:_-/!lambda:us-west-2:440939667227:function:f")
        #expect(malformed?.code == "ValidationException")
        #expect(malformed?.message?.hasPrefix(
            "1 validation error detected: Value 'arn:aws:_-/!lambda:us-west-2:440939667227:function:f' at 'destinationConfig.onSuccess.destination' failed to satisfy "
                + "constraint: Member must satisfy regular expression pattern: ^$|") == true)
        let kept = try await cloud.call("GetFunctionEventInvokeConfig", ["FunctionName": "f"]).document
        #expect(kept["DestinationConfig"] == ["OnSuccess": ["Destination": .string(queue)], "OnFailure": [:]])
        #expect(await error("") == nil)
        #expect(try await cloud.call("GetFunctionEventInvokeConfig", ["FunctionName": "f"]).document["DestinationConfig"]?["OnSuccess"] == [:])
    }

    @Test("a configuration and a dead letter target outlive the process")
    func restart() async throws {
        let store = MemoryStore()
        let cloud = EventCloud(store: store)
        let queue = try await cloud.queue("q")
        try await cloud.function("f", ["DeadLetterConfig": ["TargetArn": .string(queue)], "LoggingConfig": ["LogFormat": "JSON", "SystemLogLevel": "WARN"]]) { payload, _ in payload }
        let put = try await cloud.call(
            "PutFunctionEventInvokeConfig",
            ["FunctionName": "f", "MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 61, "DestinationConfig": ["OnFailure": ["Destination": .string(queue)]]])
        await cloud.environment.journal.commit()
        cloud.close()
        let again = EventCloud(store: store)
        defer { again.close() }
        again.register("f") { payload, _ in payload }
        try again.environment.load()
        #expect(try await again.call("GetFunctionEventInvokeConfig", ["FunctionName": "f"]).document == put.document)
        let function = try await again.call("GetFunctionConfiguration", ["FunctionName": "f"]).document
        #expect(function["DeadLetterConfig"] == ["TargetArn": .string(queue)])
        #expect(function["LoggingConfig"]
            == ["LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN", "LogGroup": "/aws/lambda/f"])
    }

    @Test("dead letters go to queues and topics alone; an empty target takes the setting away")
    func deadLetterTarget() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let set = { (target: String) async throws(AWSError) -> Document? in
            try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "DeadLetterConfig": ["TargetArn": .string(target)]]).document["DeadLetterConfig"]
        }
        #expect(try await set("arn:aws:sqs:us-west-2:440939667227:q") == ["TargetArn": "arn:aws:sqs:us-west-2:440939667227:q"])
        await #expect(throws: AWSError.self) { _ = try await set("arn:aws:lambda:us-west-2:440939667227:function:g") }
        #expect(try await set("") == nil)
        let malformed = await cloud.error("UpdateFunctionConfiguration", ["FunctionName": "f", "DeadLetterConfig": ["TargetArn": "queue"]])
        #expect(malformed == .validation(
            "1 validation error detected: Value 'queue' at 'deadLetterConfig.targetArn' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                + "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"))
    }
}
