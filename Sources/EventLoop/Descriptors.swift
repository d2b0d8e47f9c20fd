/// What a handler wants to be told about its descriptor.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable package static var none: Interest { Interest(rawValue: 0) }
    @inlinable package static var read: Interest { Interest(rawValue: 1) }
    @inlinable package static var write: Interest { Interest(rawValue: 2) }
}

/// What the system says about a descriptor. `failed` and `hungUp` come whatever the interest.
package struct ReadyEvents: OptionSet, Sendable {
    package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bytes, a new connection or the end of the stream can be read.
    @inlinable package static var readable: ReadyEvents { ReadyEvents(rawValue: 1) }
    @inlinable package static var writable: ReadyEvents { ReadyEvents(rawValue: 2) }
    /// Both directions are shut: nobody reads any more what is written here.
    @inlinable package static var hungUp: ReadyEvents { ReadyEvents(rawValue: 4) }
    /// The descriptor has a pending error, such as a connection reset.
    @inlinable package static var failed: ReadyEvents { ReadyEvents(rawValue: 8) }
}

/// Owns a registered descriptor. The loop keeps it alive while it is registered.
package protocol EventHandler: AnyObject {
    /// Called on the loop's thread, level-triggered: again in each turn until what is ready was consumed.
    func ready(_ events: ReadyEvents)
}

/// A call of the operating system failed.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call: `bind`, `epoll_ctl`.
    package var call: String
    /// Its `errno`.
    package var code: Int32

    package init(_ call: String, _ code: Int32) {
        self.call = call
        self.code = code
    }

    /// `bind: Address already in use`
    package var description: String { "\(call): \(reason)" }

    /// `Address already in use`
    package var reason: String { Selector.explain(code) }
}

/// Who is registered for each descriptor number, and since when. Numbers are reused by the system as soon as they are closed,
/// so each registration carries a generation, and an event of an earlier generation reaches nobody.
struct DescriptorTable {
    struct Slot {
        var generation: UInt32 = 0
        var interest: Interest = []
        var handler: (any EventHandler)?
    }

    /// Descriptor numbers are small and dense: the lowest free one is always given out.
    private var slots: [Slot] = []

    /// - Returns: the token that events of this registration carry.
    mutating func add(_ descriptor: Int32, _ interest: Interest, _ handler: any EventHandler) -> UInt64 {
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        slots[index].interest = interest
        slots[index].handler = handler
        return token(descriptor, slots[index].generation)
    }

    mutating func remove(_ descriptor: Int32) -> Bool {
        let index = Int(descriptor)
        guard slots.indices.contains(index), slots[index].handler != nil else { return false }
        slots[index].handler = nil
        slots[index].generation &+= 1
        return true
    }

    /// - Returns: the token, or `nil` where nothing changes or nobody is registered.
    mutating func change(_ descriptor: Int32, to interest: Interest) -> UInt64? {
        let index = Int(descriptor)
        guard slots.indices.contains(index), slots[index].handler != nil, slots[index].interest != interest else { return nil }
        slots[index].interest = interest
        return token(descriptor, slots[index].generation)
    }

    func isRegistered(_ descriptor: Int32) -> Bool {
        slots.indices.contains(Int(descriptor)) && slots[Int(descriptor)].handler != nil
    }

    /// The owner of an event's token, if it is still the one that the token was made for.
    func handler(of token: UInt64) -> (any EventHandler)? {
        let index = Int(token & 0xffff_ffff)
        guard index < slots.count, slots[index].generation == UInt32(token >> 32) else { return nil }
        return slots[index].handler
    }

    private func token(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }
}
