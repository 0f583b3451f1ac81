/// Base 64 with padding (RFC 4648, section 4); each sequence of bytes has one text only.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    package static func encoded(_ bytes: [UInt8]) -> String {
        let count = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: count) { text in
            var place = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let left = min(3, bytes.count - start)
                var group: UInt32 = 0
                for offset in 0..<3 { group = group << 8 | (offset < left ? UInt32(bytes[start + offset]) : 0) }
                for digit in 0..<4 {
                    let value = Int(group >> (18 - 6 * UInt32(digit)) & 63)
                    text[place] = digit <= left ? digits[value] : UInt8(ascii: "=")
                    place += 1
                }
            }
            return place
        }
    }

    /// `nil` for a text that ``encoded(_:)`` does not make.
    package static func decoded(_ text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count.isMultiple(of: 4) else { return nil }
        let padding = utf8.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 4 * 3)
        var group: UInt32 = 0
        var count = 0
        for digit in utf8.dropLast(padding) {
            let value = values[Int(digit)]
            guard value < 64 else { return nil }
            group = group << 6 | UInt32(value)
            count += 1
            if count == 4 {
                for shift in [16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: group >> shift)) }
                group = 0
                count = 0
            }
        }
        guard padding > 0 else { return bytes }
        // What is left over of the last digit must be nothing.
        let spare: UInt32 = padding == 1 ? 2 : 4
        guard count == 4 - padding, group & (1 << spare - 1) == 0 else { return nil }
        group >>= spare
        if padding == 1 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
        bytes.append(UInt8(truncatingIfNeeded: group))
        return bytes
    }
}
