import COpenSSL

/// An RSA key that signs, PKCS #1 version 1.5 (RFC 8017).
package final class RSAPrivateKey: Sendable {
    package enum Digest: Sendable { case sha1, sha256 }

    // Sound: set once, freed with the key; OpenSSL's keys may be used by several threads at once as long as nobody changes them.
    private nonisolated(unsafe) let key: OpaquePointer

    /// - Parameter pkcs1: the key's DER form.
    /// - Returns: `nil` where it isn't one.
    package init?(pkcs1 bytes: [UInt8]) {
        let key = bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var start = buffer.baseAddress
            return d2i_PrivateKey(EVP_PKEY_RSA, nil, &start, buffer.count)
        }
        guard let key else { return nil }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature of a text, as long as the key's modulus. The same for the same text.
    package func signature(of message: [UInt8], _ digest: Digest) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        let function = digest == .sha1 ? EVP_sha1() : EVP_sha256()
        guard EVP_DigestSignInit(context, nil, function, nil, key) == 1 else { return nil }
        var length = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { return nil }
        return Array(signature.prefix(length))
    }
}
