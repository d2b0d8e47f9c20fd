/// Texts are compared as their UTF-8 bytes, as AWS compares them: Swift's `==` takes two spellings of one character (composed and decomposed) for equal.
extension String {
    /// The bytes where they lie.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }

    @inline(__always)
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return withBytes { left in other.withBytes { right in left.holds(right, at: 0) } }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether `part` stands at `offset`.
    @inline(__always)
    func holds(_ part: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        guard offset >= 0, part.count <= count - offset else { return false }
        var index = 0
        while index < part.count {
            if self[offset &+ index] != part[index] { return false }
            index &+= 1
        }
        return true
    }
}
