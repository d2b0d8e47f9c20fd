/// One AWS service (or a part of the kernel that has state): its whole state is one value.
///
/// The kernel snapshots it by an assignment, restores it by another, keeps it in the journal as key/value entries, and
/// wakes it at its next deadline. Operations reach it through its ``endpoints``.
@CloudActor
package protocol CloudService: AnyObject {
    /// Made of value types only: no closure, task or handle lives in it.
    associatedtype State: Sendable

    /// The name under which its entries stand in the journal.
    nonisolated var name: String { get }

    /// Everything that it knows. Replaced as a whole by restore and reset; ``stateWasReplaced()`` follows.
    var state: State { get set }

    /// The state of a new cloud.
    var emptyState: State { get }

    var endpoints: [Endpoint] { get }

    /// When it next has something to do by itself. Asked after every turn: must be cheap.
    var nextDeadline: Timestamp? { get }

    /// When a client that waits for something has waited long enough. Time reaches it as it does a deadline, but it is nothing that happens in the
    /// cloud: settling doesn't move the time for it.
    var patience: Timestamp? { get }

    /// Does everything that is due at or before that time, in order, and lets those go who have waited long enough.
    func advance(to now: Timestamp)

    /// Takes one entry of the journal into the state, at the start. Entries come in the order of their keys.
    func load(key: [UInt8], value: [UInt8]) throws(AWSError)

    /// Every entry of the state, as ``load(key:value:)`` takes them: what the journal holds after a snapshot was restored.
    func entries(_ body: (_ key: [UInt8], _ value: [UInt8]) -> Void)

    /// The state was loaded, restored or reset: work that was under way belongs to a state that is gone, and what the new one has pending begins.
    func stateWasReplaced()
}

extension CloudService {
    package var nextDeadline: Timestamp? { nil }
    package var patience: Timestamp? { nil }
    package func advance(to now: Timestamp) {}
    package func stateWasReplaced() {}
    package var endpoints: [Endpoint] { [] }
}

extension CloudService {
    /// The next point in time at which it is woken.
    var nextWake: Timestamp? {
        guard let patience else { return nextDeadline }
        return nextDeadline.map { min($0, patience) } ?? patience
    }
}
