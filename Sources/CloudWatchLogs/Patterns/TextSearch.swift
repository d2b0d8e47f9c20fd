/// Looks for bytes within a text.
struct TextSearch: Sendable {
    private let bytes: [UInt8]

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    func isIn(_ text: String) -> Bool {
        guard let first = bytes.first else { return true }
        // Native strings are contiguous; another one is copied into one that is.
        let found: Bool? = text.utf8.withContiguousStorageIfAvailable { find(first, in: $0) }
        return found ?? Array(text.utf8).withUnsafeBufferPointer { find(first, in: $0) }
    }

    private func find(_ first: UInt8, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= bytes.count else { return false }
        var start = 0
        while start <= text.count - bytes.count {
            if text[start] == first {
                var length = 1
                while length < bytes.count, text[start + length] == bytes[length] { length += 1 }
                if length == bytes.count { return true }
            }
            start += 1
        }
        return false
    }
}
