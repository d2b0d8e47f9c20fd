import JSON
import Kernel

/// Whether a version is being made or changed. Only a cloud with realistic statuses lets that take time.
/// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
enum FunctionStatus: Sendable, Equatable {
    case active
    /// It is being made, until then.
    case pending(until: Timestamp)
    /// It is being changed, until then; what runs is as it was.
    case updating(until: Timestamp)

    var end: Timestamp? {
        switch self {
        case .active: nil
        case .pending(let end), .updating(let end): end
        }
    }

    /// The members of `FunctionConfiguration` that tell it.
    var members: Members {
        switch self {
        case .active: ["State": "Active", "LastUpdateStatus": "Successful"]
        case .pending: ["State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"]
        case .updating:
            [
                "State": "Active", "LastUpdateStatus": "InProgress", "LastUpdateStatusReason": "The function is being created.",
                "LastUpdateStatusReasonCode": "Creating",
            ]
        }
    }
}

extension LambdaService {
    /// How long a function is made and changed. AWS doesn't say; these are seconds there, too.
    static let statusDuration = Duration.seconds(2)

    /// What a version is that was made just now.
    func created(_ now: Timestamp) -> FunctionStatus { environment.hasRealisticStatus ? .pending(until: now + Self.statusDuration) : .active }

    /// What a version is that was changed just now.
    func updated(_ now: Timestamp) -> FunctionStatus { environment.hasRealisticStatus ? .updating(until: now + Self.statusDuration) : .active }

    /// Throws where a version is still being made or changed.
    func checkSettled(_ version: FunctionVersion) throws(AWSError) {
        switch version.status {
        case .active: return
        case .pending: throw .conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
        case .updating: throw .conflict("The operation cannot be performed at this time. An update is in progress for resource: \(version.arn)")
        }
    }

    /// Ends what has taken its time.
    func settleFunctions(_ now: Timestamp) {
        for (key, due) in settling.sorted(by: { $0.value < $1.value }) where due <= now {
            guard var function = state.functions[key] else { continue }
            if function.latest.settle(now) { function.latest.revisionID = environment.random.uuid() }
            for index in function.versions.indices {
                if function.versions[index].settle(now) { keep(function.versions[index], of: function) }
            }
            keep(function)
        }
    }
}

extension FunctionVersion {
    /// - Returns: whether something has ended.
    fileprivate mutating func settle(_ now: Timestamp) -> Bool {
        guard let end = status.end, end <= now else { return false }
        status = .active
        return true
    }
}

extension Function {
    /// When the first of its versions is ready.
    var nextSettling: Timestamp? { ([latest] + versions).lazy.compactMap(\.status.end).min() }
}

// MARK: The journal's form

extension FunctionStatus {
    var kept: Document? {
        switch self {
        case .active: nil
        case .pending(let end): ["pending": .int(end.microseconds)]
        case .updating(let end): ["updating": .int(end.microseconds)]
        }
    }

    init(kept: Document?) {
        if let end = kept?["pending"]?.int {
            self = .pending(until: Timestamp(microseconds: Int64(end)))
        } else if let end = kept?["updating"]?.int {
            self = .updating(until: Timestamp(microseconds: Int64(end)))
        } else {
            self = .active
        }
    }
}
