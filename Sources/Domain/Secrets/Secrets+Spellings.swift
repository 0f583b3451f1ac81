extension Secrets {
    /// Every way in which a value is looked for, as the shim reads it: names and spellings, each ended by a NUL.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for secret in all {
            for spelling in Self.spellings(of: secret.value) {
                bytes += secret.name.utf8
                bytes.append(0)
                bytes += spelling.utf8
                bytes.append(0)
            }
        }
        return bytes
    }

    /// `value` as it is, as texts of JSON have it, in addresses and in Base64, and each long line of it.
    static func spellings(of value: String) -> Set<String> {
        var found: Set<String> = []
        let lines = value.split(whereSeparator: \.isNewline).map(String.init)
        for text in [value] + (lines.count > 1 ? lines.filter { $0.utf8.count >= leastLine } : []) {
            found.formUnion(escaped(text))
            found.insert(percentEncoded(text))
            found.formUnion(base64(text))
        }
        return found.filter { $0.utf8.count >= leastLength }
    }

    /// A line that is shorter may stand in any text, such as the frame of a key.
    private static let leastLine = 40

    /// JSON allows several ways; a text of JSON inside of another has its escapes twice.
    private static func escaped(_ text: String) -> Set<String> {
        let plain = quoted(text)
        let spellings = [
            text, plain, withoutOtherScripts(plain),
            plain.split(separator: "/", omittingEmptySubsequences: false)
                .joined(separator: "\\/"),
        ]
        return Set(spellings + spellings.map(quoted))
    }

    private static func quoted(_ text: String) -> String {
        String(JSONWriter.write(.string(text)).dropFirst().dropLast())
    }

    private static func withoutOtherScripts(_ text: String) -> String {
        text.unicodeScalars
            .map { scalar in
                scalar.isASCII
                    ? String(scalar) : UTF16.encode(scalar)?.map { "\\u" + hexadecimal($0, 4) }.joined() ?? ""
            }
            .joined()
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8
            .map { byte in
                let scalar = Unicode.Scalar(byte)
                let isPlain =
                    scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_.~".contains(Character(scalar)))
                return isPlain ? String(scalar) : "%" + hexadecimal(UInt16(byte), 2).uppercased()
            }
            .joined()
    }

    private static func hexadecimal(_ number: UInt16, _ length: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, length - digits.count)) + digits
    }

    /// What does not depend on what stands before and after it, for each place it may begin at in a group of three bytes.
    private static func base64(_ text: String) -> [String] {
        let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
        return (0..<3)
            .map { offset in
                let bytes = [UInt8](repeating: 0, count: offset) + Array(text.utf8)
                var known = ""
                for sextet in (8 * offset + 5) / 6..<8 * bytes.count / 6 {
                    let bit = 6 * sextet
                    let pair =
                        UInt16(bytes[bit / 8]) << 8 | (bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0)
                    known.unicodeScalars.append(characters[Int(pair >> UInt16(10 - bit % 8) & 63)])
                }
                return known
            }
    }
}
