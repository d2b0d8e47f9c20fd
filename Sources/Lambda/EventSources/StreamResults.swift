import JSON
import Kernel

/// What one invocation is given.
struct StreamBatch {
    /// Bytes that a payload has beside its records.
    static let envelope = 1024

    var key: ConsumerKey
    /// Without any where it only closes a window.
    var records: [StreamRecord]
    var window: TumblingWindow?
    /// Whether the window is over with it.
    var isFinal = false

    func payload(from sourceARN: String) -> [UInt8] {
        var json = Array(#"{"Records":["#.utf8)
        json.reserveCapacity(records.reduce(Self.envelope + (window?.state.count ?? 0)) { $0 + $1.event.count + 1 })
        for (index, record) in records.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += record.event
        }
        json.append(UInt8(ascii: "]"))
        if let window { json += window.members(key.shard, sourceARN, isFinal: isFinal) }
        json.append(UInt8(ascii: "}"))
        return json
    }
}

/// What came of one invocation.
struct BatchAnswer {
    let requestID: String
    /// `nil` where the function could not be run: it is gone, throttled, or has no handler.
    var outcome: InvocationOutcome?
}

/// What a batch has come to.
private enum BatchResult {
    case succeeded
    /// The records from that one on have failed.
    case failed(from: Int)
    /// The function has not been run.
    case refused
}

extension LambdaService {
    /// Moves the position, or sees to it that what has failed is tried again, divided or given up.
    func finish(_ batch: StreamBatch, _ answer: BatchAnswer) {
        guard let mapping = state.mappings[batch.key.uuid], var shard = mapping.shard(batch.key.shard, batch.key.lane) else { return }
        let result = result(of: batch, answer, mapping, &shard)
        if case .succeeded = result { note("OK", mapping.uuid) } else { note("PROBLEM: Function call failed", mapping.uuid) }
        switch result {
        case .succeeded where batch.isFinal:
            shard.window = nil
            (shard.retry, shard.refusals) = (nil, 0)
        case .succeeded: pass(batch.records.count, batch.key, &shard)
        case .refused:
            // Nothing that the function has done: no attempt is counted.
            shard.refusals += 1
            shard.retry = environment.clock.now + Self.pause(after: shard.refusals)
        case .failed where batch.isFinal:
            // "If invocation is unsuccessful, your Lambda function suspends further processing until a successful invocation."
            shard.refusals += 1
            shard.retry = environment.clock.now + Self.pause(after: shard.refusals)
        case .failed(let index): fail(batch, from: index, answer, mapping, &shard)
        }
        keep(shard, of: mapping.uuid)
    }

    /// Before another attempt: 1, 2, 4 ... seconds, at most a minute. AWS doesn't document its pauses.
    static func pause(after failures: Int) -> Duration { .seconds(failures > 6 ? 60 : min(60, 1 << max(0, failures - 1))) }

    private func result(of batch: StreamBatch, _ answer: BatchAnswer, _ mapping: EventSourceMapping, _ shard: inout StreamShard) -> BatchResult {
        guard let outcome = answer.outcome else { return .refused }
        guard outcome.functionError == nil else { return .failed(from: 0) }
        if batch.isFinal { return .succeeded }
        if shard.window != nil {
            guard let state = (try? Document(json: outcome.payload))?["state"], state.object != nil else { return .failed(from: 0) }
            let json = state.json()
            shard.window?.isTooLarge = json.count > TumblingWindow.stateLimit
            shard.window?.state = json
        }
        guard mapping.options.reportsItemFailures else { return .succeeded }
        switch ItemFailures(answer: outcome.payload) {
        case .none: return .succeeded
        case .all: return .failed(from: 0)
        case .some(let identifiers):
            // The lowest is the checkpoint. One that isn't of the batch says nothing that could be relied on.
            let places = identifiers.map { identifier in batch.records.firstIndex { $0.sequenceNumber == identifier } }
            guard let first = places.compactMap(\.self).min(), !places.contains(nil) else { return .failed(from: 0) }
            return .failed(from: first)
        }
    }

    /// Goes on behind the first records.
    private func pass(_ count: Int, _ key: ConsumerKey, _ shard: inout StreamShard) {
        guard count > 0, var consumer = consumers[key], let last = consumer.records.prefix(count).last else { return }
        let isAll = consumer.records.count <= count
        // What nobody wanted behind the last of them is passed with it.
        shard.advance(past: isAll ? consumer.lastRead ?? last.sequenceNumber : last.sequenceNumber)
        consumer.drop(min(count, consumer.records.count))
        consumers[key] = consumer
    }

    private func fail(_ batch: StreamBatch, from index: Int, _ answer: BatchAnswer, _ mapping: EventSourceMapping, _ shard: inout StreamShard) {
        guard let last = batch.records.last else { return }
        var failed = shard.failed.first ?? StreamShard.Batch(end: last.sequenceNumber)
        let others = shard.failed.dropFirst()
        failed.invocations += 1
        pass(index, batch.key, &shard)
        let records = batch.records[index...]
        let isWhole = answer.outcome?.functionError != nil
        if isWhole, mapping.options.bisectsBatches, records.count > 1 {
            // Dividing doesn't count against the attempts.
            var half = failed
            half.end = records[records.startIndex + records.count / 2 - 1].sequenceNumber
            shard.failed = [half, failed] + others
            shard.retry = environment.clock.now + Self.pause(after: 1)
            return
        }
        failed.failures += 1
        guard mapping.options.maximumRetryAttempts >= 0, failed.failures > mapping.options.maximumRetryAttempts else {
            shard.failed = [failed] + others
            shard.retry = environment.clock.now + Self.pause(after: failed.failures)
            return
        }
        let record = DiscardRecord(condition: .retryAttemptsExhausted, records: Array(records), shard: shard, invocations: failed.invocations, answer: answer)
        report(record, mapping)
        pass(records.count, batch.key, &shard)
    }

    /// Gives up records that have become too old.
    func discardExpired(_ count: Int, _ key: ConsumerKey, _ mapping: EventSourceMapping, _ shard: StreamShard) {
        guard let consumer = consumers[key] else { return }
        var shard = shard
        let invocations = shard.failed.first?.invocations ?? 0
        let record = DiscardRecord(
            condition: .recordAgeExceeded, records: Array(consumer.records.prefix(count)), shard: shard, invocations: invocations,
            answer: BatchAnswer(requestID: environment.random.uuid()))
        report(record, mapping)
        pass(count, key, &shard)
        keep(shard, of: mapping.uuid)
    }
}

/// Which records of a batch a function says to have failed.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
enum ItemFailures: Equatable {
    case none
    /// An answer that says so badly means all of them.
    case all
    case some([String])

    init(answer: [UInt8]) {
        guard !answer.isEmpty else {
            self = .none
            return
        }
        guard let document = try? Document(json: answer) else {
            self = .all
            return
        }
        switch document {
        case .null: self = .none
        case .array(let elements): self = elements.isEmpty ? .none : .all
        case .object(let members): self = Self.read(members["batchItemFailures"])
        case .string(let text): self = text.isEmpty ? .none : .all
        default: self = .all
        }
    }

    private static func read(_ list: Document?) -> ItemFailures {
        guard let list, !list.isNull else { return .none }
        guard let elements = list.array else { return .all }
        let identifiers = elements.compactMap { $0["itemIdentifier"]?.string }
        guard identifiers.count == elements.count, !identifiers.contains("") else { return .all }
        return identifiers.isEmpty ? .none : .some(identifiers)
    }
}
