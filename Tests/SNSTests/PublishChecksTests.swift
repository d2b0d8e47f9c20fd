import JSON
import Kernel
import Testing

@Suite("What may be published") @CloudActor struct PublishChecksTests {
    let cloud = TestCloud()

    @Test(
        "A message attribute that can't be so",
        arguments: [
            ("attr1", ["DataType": "String", "StringValue": ""], "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'."),
            ("attr1", ["DataType": "Binary", "BinaryValue": ""], "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'Binary'."),
            ("attr1", ["DataType": "String", "BinaryValue": "AA=="], "The message attribute 'attr1' with type 'String' must use field 'String'."),
            ("attr1", ["DataType": "Number", "BinaryValue": "AA=="], "The message attribute 'attr1' with type 'Number' must use field 'String'."),
            ("attr1", ["DataType": "Binary", "StringValue": "a"], "The message attribute 'attr1' with type 'Binary' must use field 'Binary'."),
            ("attr1", ["DataType": "InvalidType", "StringValue": "a"], "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."),
            ("attr1", ["DataType": "Stringprefixed", "StringValue": "a"], "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."),
            ("attr1", ["DataType": "Number", "StringValue": "nan"], "Could not cast message attribute 'attr1' value to number."),
            ("a^b", ["DataType": "String", "StringValue": "a"], "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots."),
            (".ab", ["DataType": "String", "StringValue": "a"], "Invalid message attribute name starting with character '.' was found."),
            ("ab.", ["DataType": "String", "StringValue": "a"], "Invalid message attribute name ending with character '.' was found."),
            ("a..b", ["DataType": "String", "StringValue": "a"], "Message attribute name can not have successive '.' character."),
        ] as [(String, Document, String)])
    func attributes(_ name: String, _ value: Document, _ message: String) async throws {
        let topic = try await cloud.topic("t")
        let attributes = Document.object(Members([.init(name: name, value: value)]))
        await cloud.refused("Publish", ["TopicArn": .string(topic), "Message": "m", "MessageAttributes": attributes], "ParameterValueInvalid", message)
        // In a batch it fails all.
        await cloud.refused(
            "PublishBatch", ["TopicArn": .string(topic), "PublishBatchRequestEntries": [["Id": "1", "Message": "m", "MessageAttributes": attributes]]],
            "ParameterValueInvalid", message)
    }

    @Test("Message, subject and structure")
    func message() async throws {
        let topic = try await cloud.topic("t")
        func publish(_ members: Members) -> Document {
            var members = members
            members.append("TopicArn", .string(topic))
            return .object(members)
        }
        await cloud.refused("Publish", publish(["Message": ""]), "InvalidParameter", "Invalid parameter: Empty message")
        for subject in ["", "a\nb", String(repeating: "s", count: 101)] {
            await cloud.refused("Publish", publish(["Message": "m", "Subject": .string(subject)]), "InvalidParameter", "Invalid parameter: Subject")
        }
        let limit = String(repeating: "m", count: 262_144)
        try await cloud("Publish", publish(["Message": .string(limit)]))
        await cloud.refused("Publish", publish(["Message": .string(limit + "m")]), "InvalidParameter", "Invalid parameter: Message too long")
        await cloud.refused(
            "Publish", publish(["Message": .string(limit), "MessageAttributes": ["a": ["DataType": "String", "StringValue": "b"]]]), "InvalidParameter",
            "Invalid parameter: Message too long")
        for (text, reason) in [("{", "JSON message body failed to parse"), (#"{"sqs":"s"}"#, "No default entry in JSON message body"), (#"{"default":1}"#, "No default entry in JSON message body")] {
            await cloud.refused("Publish", publish(["Message": .string(text), "MessageStructure": "json"]), "InvalidParameter", "Invalid parameter: Message Structure - \(reason)")
        }
        try await cloud("Publish", publish(["Message": "{", "MessageStructure": "raw"]))
        try await cloud("Publish", publish(["Message": "m", "MessageGroupId": "g"]))
        await cloud.refused(
            "Publish", publish(["Message": "m", "MessageDeduplicationId": "d"]), "InvalidParameter",
            "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
    }

    @Test("Where to")
    func targets() async throws {
        await cloud.refused("Publish", ["Message": "m"], "InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter")
        await cloud.refused(
            "Publish", ["Message": "m", "TopicArn": ""], "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1")
        await cloud.refused("Publish", ["Message": "m", "TopicArn": "arn:aws:sns:eu-west-1:000000000000:t"], "InvalidParameter", "Invalid parameter: TopicArn")
        await cloud.refused("Publish", ["Message": "m", "TopicArn": "arn:aws:sns:us-east-1:000000000000:t"], "NotFound", "Topic does not exist", status: 404)
        for number in ["+1a234", "NAA+15551234567", "abcd"] {
            await cloud.refused(
                "Publish", ["Message": "m", "PhoneNumber": .string(number)], "InvalidParameter", "Invalid parameter: PhoneNumber Reason: \(number) is not valid to publish to")
        }
    }

    @Test("A batch fails as a whole for what is wrong with it, and by entry for a subject")
    func batches() async throws {
        let topic = try await cloud.topic("t")
        func batch(_ entries: Document) -> Document { ["TopicArn": .string(topic), "PublishBatchRequestEntries": entries] }
        await cloud.refused("PublishBatch", batch([]), "EmptyBatchRequest", "The batch request doesn't contain any entries.")
        await cloud.refused(
            "PublishBatch", batch(.array((0..<11).map { ["Id": .string("\($0)"), "Message": "m"] })), "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.")
        await cloud.refused(
            "PublishBatch", batch([["Id": "1", "Message": "m"], ["Id": "1", "Message": "m"]]), "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.")
        await cloud.refused(
            "PublishBatch", batch([["Id": "a b", "Message": "m"]]), "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't comply with specifications.")
        let half = Document.string(String(repeating: "m", count: 131_073))
        await cloud.refused(
            "PublishBatch", batch([["Id": "1", "Message": half], ["Id": "2", "Message": half]]), "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.")
        await cloud.refused(
            "PublishBatch", batch([["Id": "1", "Message": "m"], ["Id": "2", "Message": "{}", "MessageStructure": "json"]]), "InvalidParameter",
            "Invalid parameter: Message Structure - No default entry in JSON message body")
        let answer = try await cloud("PublishBatch", batch([["Id": "1", "Message": "m"], ["Id": "2", "Message": "m", "Subject": "a\nb"]]))
        #expect(answer["Successful"]?.array?.count == 1)
        #expect(answer["Failed"] == [["Id": "2", "Code": "InvalidParameter", "Message": "Invalid parameter: Subject", "SenderFault": true]])
    }

    @Test("A FIFO topic asks for a group, and for a deduplication id where it makes none")
    func fifo() async throws {
        let topic = try await cloud.topic("t.fifo", ["FifoTopic": "true"])
        let group = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
        let deduplication = "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
        await cloud.refused("Publish", ["TopicArn": .string(topic), "Message": "m"], "InvalidParameter", group)
        await cloud.refused("Publish", ["TopicArn": .string(topic), "Message": "m", "MessageGroupId": "g"], "InvalidParameter", deduplication)
        await cloud.refused(
            "PublishBatch", ["TopicArn": .string(topic), "PublishBatchRequestEntries": [["Id": "1", "Message": "m", "MessageGroupId": "g"]]], "InvalidParameter",
            deduplication)
    }
}
