/// Proves that a message comes from somebody who knows a key (RFC 2104, with SHA-256).
package enum HMACSHA256 {
    private static let block = 64

    package static func code(for message: [UInt8], key: [UInt8]) -> SHA256Digest {
        let short = key.count > block ? digest(key, []).bytes : key
        let padded = short + [UInt8](repeating: 0, count: block - short.count)
        let inner = digest(padded.map { $0 ^ 0x36 }, message)
        return digest(padded.map { $0 ^ 0x5c }, inner.bytes)
    }

    private static func digest(_ first: [UInt8], _ second: [UInt8]) -> SHA256Digest {
        var hasher = SHA256Hasher()
        hasher.update(first)
        hasher.update(second)
        return hasher.finish()
    }
}
