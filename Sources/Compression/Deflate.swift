import CZlib

/// Deflate (RFC 1951) without a header, as zip files have it.
enum Deflate {
    /// - Parameter size: how many bytes must come out.
    /// - Returns: `nil` where the bytes are no deflate stream, or one of another size.
    static func decompress(_ input: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        // Nothing packs better than 1032 to 1, so a wrong size costs no memory.
        guard size >= 0, input.count < Int(UInt32.max), size < Int(UInt32.max), size / 1032 <= input.count else { return nil }
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var isWhole = false
        // One byte more than expected: zlib wants room even where nothing comes, and what is too long shows in it.
        let output = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            input.withUnsafeBufferPointer { source in
                // zlib's interface takes a mutable pointer but never writes through it.
                stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
                stream.avail_in = UInt32(source.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(size + 1)
                isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
            }
            count = size + 1 - Int(stream.avail_out)
        }
        return isWhole && output.count == size ? output : nil
    }

    /// - Returns: `nil` where that would not be shorter.
    static func compress(_ input: [UInt8]) -> [UInt8]? {
        guard input.count > 1, input.count < Int(UInt32.max) else { return nil }
        var stream = z_stream()
        guard deflateInit2_(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var isWhole = false
        let output = [UInt8](unsafeUninitializedCapacity: input.count - 1) { buffer, count in
            input.withUnsafeBufferPointer { source in
                stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
                stream.avail_in = UInt32(source.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = buffer.count - Int(stream.avail_out)
        }
        return isWhole ? output : nil
    }
}
