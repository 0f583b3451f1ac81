extension Secrets {
    /// Everything that is looked for, as the shim reads it: of each value every spelling, and the keys of known kinds.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for secret in all {
            for spelling in Self.spellings(of: secret.value) { Self.add(["", secret.name, spelling], to: &bytes) }
        }
        for key in KnownKey.all { Self.add([key.form, key.name, key.beginning], to: &bytes) }
        return bytes
    }

    private static func add(_ texts: [String], to bytes: inout [UInt8]) {
        for text in texts {
            bytes += text.utf8
            bytes.append(0)
        }
    }

    /// `value` as it is, as texts of JSON have it, in addresses, in Base64 and hexadecimal, and each long line of it.
    static func spellings(of value: String) -> Set<String> {
        var found: Set<String> = []
        let lines = value.split(whereSeparator: \.isNewline).map(String.init)
        for text in [value] + (lines.count > 1 ? lines.filter { $0.utf8.count >= leastLine } : []) {
            found.formUnion(escaped(text))
            found.formUnion(percentEncoded(text))
            found.formUnion(base64(text))
            found.formUnion(hexadecimal(text))
        }
        return found.filter { $0.utf8.count >= leastLength }
    }

    /// A line that is shorter may stand in any text, such as the frame of a key.
    private static let leastLine = 40

    /// JSON allows several ways; a text of JSON inside of another has its escapes twice.
    private static func escaped(_ text: String) -> Set<String> {
        let plain = quoted(text)
        let spellings = [
            plain, withoutOtherScripts(plain),
            plain.split(separator: "/", omittingEmptySubsequences: false)
                .joined(separator: "\\/"),
        ]
        let numbered = numberings.map { numbering in
            quoted(text, numbering.characters) { numbering.isUpper ? $0.uppercased() : $0 }
        }
        // In JSON a backslash at the end may be that of the next escape, such as a quote's.
        var bare = text
        while bare.last == "\\" { bare.removeLast() }
        return Set([bare] + spellings + numbered + (spellings + numbered).map { quoted($0) })
    }

    /// What is escaped by number: by Go, by templates for HTML, by Gson, and by .NET.
    private static let numberings: [(characters: String, isUpper: Bool)] = [
        ("<>&", false), ("<>&'", false), ("<>&'=", false), ("<>&'\"+`", true),
    ]

    private static func quoted(_ text: String) -> String {
        String(JSONWriter.write(.string(text)).dropFirst().dropLast())
    }

    private static func quoted(_ text: String, _ numbered: String, digits: (String) -> String) -> String {
        text.unicodeScalars
            .map { scalar in
                guard numbered.unicodeScalars.contains(scalar) else { return quoted(String(scalar)) }
                return "\\u" + digits(hexadecimal(UInt16(scalar.value), 4))
            }
            .joined()
    }

    private static func withoutOtherScripts(_ text: String) -> String {
        text.unicodeScalars
            .map { scalar in
                scalar.isASCII
                    ? String(scalar) : UTF16.encode(scalar)?.map { "\\u" + hexadecimal($0, 4) }.joined() ?? ""
            }
            .joined()
    }

    /// As addresses, JavaScript, Python and forms have it: they differ in what stays, in a blank, and in the digits.
    private static func percentEncoded(_ text: String) -> [String] {
        ["-_.~", "-_.~!'()*", "-_.~/", "-_.*"]
            .flatMap { kept in
                let upper = percentEncoded(text, keeping: kept) { $0.uppercased() }
                let lower = percentEncoded(text, keeping: kept) { $0 }
                return [upper, lower, upper.replacingBlanks, lower.replacingBlanks]
            }
    }

    private static func percentEncoded(_ text: String, keeping kept: String, digits: (String) -> String) -> String {
        text.utf8
            .map { byte in
                let scalar = Unicode.Scalar(byte)
                let isPlain =
                    scalar.isASCII
                    && (scalar.properties.isAlphabetic || "0123456789\(kept)".unicodeScalars.contains(scalar))
                return isPlain ? String(scalar) : "%" + digits(hexadecimal(UInt16(byte), 2))
            }
            .joined()
    }

    private static func hexadecimal(_ text: String) -> [String] {
        let digits = text.utf8.map { hexadecimal(UInt16($0), 2) }.joined()
        return [digits, digits.uppercased()]
    }

    private static func hexadecimal(_ number: UInt16, _ length: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, length - digits.count)) + digits
    }

    /// In the alphabet of files and in that of addresses.
    private static func base64(_ text: String) -> [String] {
        let found = knownBase64(text)
        return found + found.map { String($0.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }) }
    }

    /// What does not depend on what stands before and after it, for each place it may begin at in a group of three
    /// bytes.
    private static func knownBase64(_ text: String) -> [String] {
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

extension String {
    /// As forms have it.
    fileprivate var replacingBlanks: String {
        split(separator: "%20", omittingEmptySubsequences: false).joined(separator: "+")
    }
}
