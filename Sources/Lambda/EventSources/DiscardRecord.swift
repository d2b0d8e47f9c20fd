import JSON
import Kernel

/// What is said of records that a mapping gives up, where it has a destination for failures.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
struct DiscardRecord {
    enum Condition: String {
        case retryAttemptsExhausted = "RetryAttemptsExhausted"
        case recordAgeExceeded = "RecordAgeExceeded"
    }

    var condition: Condition
    var records: [StreamRecord]
    var shard: StreamShard
    /// How often they were with the function.
    var invocations: Int
    /// Of the last invocation.
    var answer: BatchAnswer

    func document(_ mapping: EventSourceMapping, at now: Timestamp) -> Document {
        var members: Members = [
            "requestContext": [
                "requestId": .string(answer.requestID), "functionArn": .string(mapping.functionARN), "condition": .string(condition.rawValue),
                "approximateInvokeCount": .int(invocations),
            ]
        ]
        if let outcome = answer.outcome {
            var response: Members = ["statusCode": 200, "executedVersion": .string(outcome.executedVersion)]
            if let error = outcome.functionError { response.append("functionError", .string(error)) }
            members.append("responseContext", .object(response))
        }
        members.append("version", "1.0")
        members.append("timestamp", .string(now.iso8601Milliseconds))
        members.append("DDBStreamBatchInfo", .object(batchInfo(mapping)))
        return .object(members)
    }

    private func batchInfo(_ mapping: EventSourceMapping) -> Members {
        func time(_ record: StreamRecord?) -> Document {
            .string(Timestamp(seconds: record?.created.flatMap { Int64(exactly: $0.rounded(.down)) } ?? 0).iso8601)
        }
        return [
            "shardId": .string(shard.id), "startSequenceNumber": .string(records.first?.sequenceNumber ?? ""),
            "endSequenceNumber": .string(records.last?.sequenceNumber ?? ""), "approximateArrivalOfFirstRecord": time(records.first),
            "approximateArrivalOfLastRecord": time(records.last), "batchSize": .int(records.count), "streamArn": .string(mapping.sourceARN),
        ]
    }
}

extension LambdaService {
    /// Tells the mapping's destination, in the same commit in which the records are passed. One that can't be told is passed over, as at AWS.
    func report(_ record: DiscardRecord, _ mapping: EventSourceMapping) {
        guard let destination = mapping.options.destination, let arn = ARN(destination) else { return }
        let body = record.document(mapping, at: environment.clock.now).jsonString()
        let call = environment.call(in: arn.scope, source: mapping.functionARN)
        if arn.service == "sqs" {
            _ = try? environment.endpoints["sqs"]?.callNow(
                "SendMessage", ["QueueUrl": .string(QueueAddress.url(arn)), "MessageBody": .string(body)], call)
        } else {
            _ = try? environment.endpoints["sns"]?.callNow("Publish", ["TopicArn": .string(destination), "Message": .string(body)], call)
        }
    }
}
