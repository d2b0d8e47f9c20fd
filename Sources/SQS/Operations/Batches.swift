import JSON
import Kernel

@CloudActor let batchOperations: [OperationEntry<SQSService>] = [
    OperationEntry(SendMessageBatch.self), OperationEntry(DeleteMessageBatch.self), OperationEntry(ChangeMessageVisibilityBatch.self),
]

/// Up to ten entries of a batch, each with an id of its own, read one by one: what is wrong with one leaves the others alone.
struct Batch<Value: Sendable>: Sendable {
    var url: String
    var entries: [(id: String, value: Result<Value, AWSError>)]

    /// - Parameters:
    ///   - entryName: what AWS calls an entry.
    ///   - read: reads one entry. Its second parameter is how AWS names the entry: `SendMessageBatchRequestEntry.1`.
    static func read(
        _ fields: inout Fields, _ entryName: String, _ read: (inout Fields, String) throws(AWSError) -> Value
    ) throws(AWSError) -> Batch {
        let url = try fields.queueURL()
        let list = try fields.list("Entries")
        guard let list = list ?? (fields.hasOnlyText ? [] : nil) else { throw .missingParameter("Entries") }
        guard !list.isEmpty else { throw AWSError("EmptyBatchRequest", "There should be at least one \(entryName) in the request.") }
        guard list.count <= 10 else {
            throw AWSError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent \(list.count).")
        }
        var batch = Batch(url: url, entries: [])
        for (index, element) in list.enumerated() {
            guard let members = element.object else { throw .serialization("Unexpected value type in payload") }
            var inner = Fields(members: members)
            inner.hasOnlyText = fields.hasOnlyText
            let name = "\(entryName).\(index + 1)"
            guard let id = try inner.string("Id") else { throw .missingParameter("\(name).Id") }
            let value: Result<Value, AWSError>
            do throws(AWSError) {
                value = .success(try read(&inner, name))
            } catch {
                // What can't be read as its shape isn't a wrong entry but no request.
                guard error.code != "SerializationException" else { throw error }
                value = .failure(error)
            }
            batch.entries.append((id, value))
        }
        try check(batch.entries.map(\.id))
        return batch
    }

    private static func check(_ ids: [String]) throws(AWSError) {
        for id in ids where !(1...80).contains(id.utf8.count) || !id.utf8.allSatisfy(\.isNameByte) {
            throw AWSError("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
        }
        var seen: Set<String> = []
        for id in ids where !seen.insert(id).inserted { throw AWSError("BatchEntryIdsNotDistinct", "Id \(id) repeated.") }
    }

    /// Does each entry's work.
    func run(_ work: (Value) throws(AWSError) -> Members) -> BatchResult {
        var result = BatchResult()
        for (id, value) in entries { result.add(id) { () throws(AWSError) in try work(try value.get()) } }
        return result
    }
}

/// What became of each entry of a batch.
struct BatchResult {
    private var successful: [Document] = []
    private var failed: [Document] = []

    mutating func add(_ id: String, _ work: () throws(AWSError) -> Members) {
        do throws(AWSError) {
            var members: Members = ["Id": .string(id)]
            for member in try work() { members.append(member.name, member.value) }
            successful.append(.object(members))
        } catch {
            var members: Members = [
                "Id": .string(id), "SenderFault": .bool(error.fault == .client), "Code": .string(queryErrorCodes[error.code] ?? error.code),
            ]
            members["Message"] = error.message.map { .string($0) }
            failed.append(.object(members))
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

    struct Input {
        var batch: Batch<Outgoing>
        /// Bytes of all entries, wrong ones included.
        var size: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        var size = 0
        let batch = try Batch.read(&fields, "SendMessageBatchRequestEntry") { (entry, name) throws(AWSError) in
            let body = try entry.string("MessageBody") ?? ""
            do throws(AWSError) {
                let message = try Outgoing(body, &entry, bodyName: "\(name).MessageBody")
                size += message.size
                return message
            } catch {
                size += body.utf8.count
                throw error
            }
        }
        return Input(batch: batch, size: size)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) -> BatchResult {
        let name = try sqs.find(input.batch.url, call)
        guard input.size <= sizeLimit else {
            throw AWSError("BatchRequestTooLong", "Batch requests cannot be longer than \(sizeLimit) bytes. You have sent \(input.size) bytes.")
        }
        if let queue = sqs.state.queues[name], queue.isFIFO { try check(input.batch, queue) }
        return input.batch.run { (message) throws(AWSError) in try sqs.send(message, to: name, call).members }
    }

    /// A FIFO queue takes all entries or none: one that is wrong is an invalid value of the whole request.
    private static func check(_ batch: Batch<Outgoing>, _ queue: Queue) throws(AWSError) {
        for (_, value) in batch.entries {
            do throws(AWSError) {
                try queue.check(try value.get())
            } catch {
                throw error.code == "MissingRequiredParameterException" ? .invalidValue(error.message ?? "") : error
            }
        }
    }

    static func write(_ result: BatchResult) -> Reply { result.reply }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
enum DeleteMessageBatch: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> Batch<String> {
        try Batch.read(&fields, "DeleteMessageBatchRequestEntry") { (entry, _) throws(AWSError) in try entry.required("ReceiptHandle") }
    }

    static func run(_ batch: Batch<String>, on sqs: SQSService, _ call: Call) throws(AWSError) -> BatchResult {
        let name = try sqs.find(batch.url, call)
        return batch.run { (handle) throws(AWSError) in
            try sqs.delete(handle, from: name, at: call.now)
            return Members()
        }
    }

    static func write(_ result: BatchResult) -> Reply { result.reply }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
enum ChangeMessageVisibilityBatch: Operation {
    struct Change: Sendable {
        var handle: String
        var timeout: Duration
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Batch<Change> {
        try Batch.read(&fields, "ChangeMessageVisibilityBatchRequestEntry") { (entry, name) throws(AWSError) in
            let handle = try entry.required("ReceiptHandle")
            let rule = "VisibilityTimeout must be an integer between 0 and 43200."
            guard let timeout = try entry.number("VisibilityTimeout", 0...43_200, rule) else { throw .missingParameter("\(name).VisibilityTimeout") }
            return Change(handle: handle, timeout: .seconds(timeout))
        }
    }

    static func run(_ batch: Batch<Change>, on sqs: SQSService, _ call: Call) throws(AWSError) -> BatchResult {
        let name = try sqs.find(batch.url, call)
        return batch.run { (change) throws(AWSError) in
            try sqs.changeVisibility(change.handle, of: name, to: change.timeout, at: call.now)
            return Members()
        }
    }

    static func write(_ result: BatchResult) -> Reply { result.reply }
}
