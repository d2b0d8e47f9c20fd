import JSON
import Kernel

@CloudActor let batchOperations: [OperationEntry<SQSService>] = [
    OperationEntry(SendMessageBatch.self), OperationEntry(DeleteMessageBatch.self), OperationEntry(ChangeMessageVisibilityBatch.self),
]

/// Up to ten entries of a batch, each with an id of its own, as they came.
struct Batch {
    var url: String
    var entries: [(id: String, members: Members)]

    static func read(_ fields: inout Fields) throws(AWSError) -> Batch {
        let url = try fields.queueURL()
        guard let list = try fields.list("Entries") else { throw .missingParameter("Entries") }
        guard !list.isEmpty else {
            throw AWSError("EmptyBatchRequest", "There should be at least one \(Self.entryName) in the request.")
        }
        guard list.count <= 10 else {
            throw AWSError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent \(list.count).")
        }
        var entries: [(id: String, members: Members)] = []
        for element in list {
            guard let members = element.object else { throw .serialization("Unexpected value type in payload") }
            var inner = Fields(members: members)
            entries.append((try inner.required("Id"), members))
        }
        try check(entries.map(\.id))
        return Batch(url: url, entries: entries)
    }

    private static let entryName = "entry"

    private static func check(_ ids: [String]) throws(AWSError) {
        for id in ids {
            guard (1...80).contains(id.utf8.count), id.utf8.allSatisfy({ $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }) else {
                throw AWSError("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
            }
        }
        var seen: Set<String> = []
        for id in ids where !seen.insert(id).inserted { throw AWSError("BatchEntryIdsNotDistinct", "Id \(id) repeated.") }
    }
}

/// What became of each entry of a batch.
struct BatchResult {
    private var successful: [Document] = []
    private var failed: [Document] = []

    /// Does one entry's work and notes how it went. What is wrong with one leaves the others alone.
    mutating func add(_ id: String, _ work: () throws(AWSError) -> Members) {
        do throws(AWSError) {
            var members: Members = ["Id": .string(id)]
            for member in try work() { members.append(member.name, member.value) }
            successful.append(.object(members))
        } catch {
            failed.append([
                "Id": .string(id), "SenderFault": .bool(error.fault == .client), "Code": .string(queryErrorCodes[error.code] ?? error.code),
                "Message": .string(error.message ?? ""),
            ])
        }
    }

    var reply: Reply {
        var members = Members()
        if !successful.isEmpty { members.append("Successful", .array(successful)) }
        if !failed.isEmpty { members.append("Failed", .array(failed)) }
        return Reply(.object(members))
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
enum SendMessageBatch: Operation {
    /// Bytes of bodies and attributes in all.
    private static let sizeLimit = 1_048_576

    static func read(_ fields: inout Fields) throws(AWSError) -> Batch { try Batch.read(&fields) }

    static func run(_ batch: Batch, on sqs: SQSService, _ call: Call) throws(AWSError) -> BatchResult {
        let name = try sqs.find(batch.url, call)
        var messages: [(id: String, message: Result<Outgoing, AWSError>)] = []
        var size = 0
        for entry in batch.entries {
            var fields = Fields(members: entry.members)
            let body = try fields.required("MessageBody")
            do throws(AWSError) {
                let message = try Outgoing(body, &fields)
                size += message.size
                messages.append((entry.id, .success(message)))
            } catch {
                size += body.utf8.count
                messages.append((entry.id, .failure(error)))
            }
        }
        guard size <= sizeLimit else {
            throw AWSError("BatchRequestTooLong", "Batch requests cannot be longer than \(sizeLimit) bytes. You have sent \(size) bytes.")
        }
        var result = BatchResult()
        for (id, message) in messages { result.add(id) { () throws(AWSError) in try sqs.send(try message.get(), to: name, call).members } }
        return result
    }

    static func write(_ result: BatchResult) -> Reply { result.reply }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
enum DeleteMessageBatch: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> Batch { try Batch.read(&fields) }

    static func run(_ batch: Batch, on sqs: SQSService, _ call: Call) throws(AWSError) -> BatchResult {
        let name = try sqs.find(batch.url, call)
        var handles: [(id: String, handle: String)] = []
        for entry in batch.entries {
            var fields = Fields(members: entry.members)
            handles.append((entry.id, try fields.required("ReceiptHandle")))
        }
        var result = BatchResult()
        for (id, handle) in handles {
            result.add(id) { () throws(AWSError) in
                try sqs.delete(handle, from: name, at: call.now)
                return Members()
            }
        }
        return result
    }

    static func write(_ result: BatchResult) -> Reply { result.reply }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
enum ChangeMessageVisibilityBatch: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> Batch { try Batch.read(&fields) }

    static func run(_ batch: Batch, on sqs: SQSService, _ call: Call) throws(AWSError) -> BatchResult {
        let name = try sqs.find(batch.url, call)
        var result = BatchResult()
        for entry in batch.entries {
            var members = entry.members
            members["QueueUrl"] = .string(batch.url)
            result.add(entry.id) { () throws(AWSError) in
                var fields = Fields(members: members)
                let input = try ChangeMessageVisibility.read(&fields)
                try sqs.changeVisibility(input.handle, of: name, to: input.timeout, at: call.now)
                return Members()
            }
        }
        return result
    }

    static func write(_ result: BatchResult) -> Reply { result.reply }
}
