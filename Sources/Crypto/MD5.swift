import COpenSSL

/// MD5, for the places where AWS's protocols name it (`Content-MD5`, `MD5OfMessageBody`, entity tags). It protects nothing.
package struct MD5: HashFunction {
    /// Bytes in a digest.
    package static let size = 16

    private var context = MD5_CTX()

    package init() { MD5_Init(&context) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        MD5_Update(&context, bytes.baseAddress, bytes.count)
    }

    package func finalize() -> [UInt8] {
        var last = context
        return [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
            MD5_Final(buffer.baseAddress, &last)
            count = Self.size
        }
    }

    /// The first eight bytes of the digest as a number.
    package func leadingWord() -> UInt64 {
        var last = context
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.size) { digest in
            MD5_Final(digest.baseAddress, &last)
            return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
