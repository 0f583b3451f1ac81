/// Values that must not be stored, each with the name that is put in its place.
package struct Secrets: Hashable, Sendable {
    /// One value.
    package struct Secret: Hashable, Sendable {
        /// Letters, digits, `_`, `-` and `.`: it changes no line of JSON.
        package let name: String
        package let value: String
    }

    /// In the order in which they were added; each value once.
    package private(set) var all: [Secret] = []

    /// What is shorter, in bytes, is found in every text, and so is not hidden.
    package static let leastLength = 8

    package init() {}

    /// Adds `value`, unless it is too short, too ordinary or there already.
    package mutating func add(_ value: String, called name: String) {
        let value = value.bare
        // A NUL is in no variable, and ends what the shim is told.
        guard value.utf8.count >= Self.leastLength, !value.utf8.contains(0), !OrdinaryValue.matches(value),
            !all.contains(where: { $0.value == value })
        else { return }
        all.append(Secret(name: Self.safe(name), value: value))
    }

    /// Adds everything that `other` has.
    package mutating func add(_ other: Secrets) {
        for secret in other.all { add(secret.value, called: secret.name) }
    }

    /// Adds the values of the variables whose names tell of a secret or are among `named`, each of several in one, and
    /// the password or key of every address.
    package mutating func add(variables: [String: String], named: Set<String> = []) {
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            if named.contains(name) || SecretName.isCertain(name) {
                for value in [value] + Self.parts(of: value, called: name) { add(value, called: name) }
            }
            if let password = Self.password(in: value) { add(password, called: name) }
        }
    }

    private static func parts(of value: String, called name: String) -> [String] {
        guard SecretName.isPlural(name) else { return [] }
        return value.split { $0 == "," || $0 == ";" || $0.isWhitespace }.map(String.init)
    }

    /// Adds what a file with a login or with settings holds: of JSON the texts whose own names tell of a secret, of
    /// everything else the lines `name = value` and `name: value`.
    package mutating func add(login bytes: [UInt8]) {
        // What is no JSON is read by lines.
        if let document = try? JSONParser.parse(bytes) { return add(document, called: "", isSecret: false) }
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) { add(line: line) }
    }

    private mutating func add(_ value: JSONValue, called name: String, isSecret: Bool) {
        switch value {
        case .string(let text): if isSecret { add(text, called: name) }
        case .array(let elements): for element in elements { add(element, called: name, isSecret: isSecret) }
        case .object(let members):
            for member in members { add(member.value, called: member.key, isSecret: SecretName.isCertain(member.key)) }
        case .null, .bool, .integer, .number: return
        }
    }

    private mutating func add(line: Substring) {
        guard let mark = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return }
        var name = String(line[..<mark]).trimmed.filter { $0 != "\"" && $0 != "'" }
        if name.hasPrefix("export ") { name.removeFirst(7) }
        guard SecretName.isCertain(name) else { return }
        var value = String(line[line.index(after: mark)...]).trimmed
        if let quote = value.first, quote == "\"" || quote == "'", let end = value.dropFirst().firstIndex(of: quote) {
            value = String(value[value.index(after: value.startIndex)..<end])
        }
        add(value, called: name)
    }

    /// The password of `scheme://user:password@host`, or the user where that is a key: `https://key@host`.
    private static func password(in value: String) -> String? {
        let parts = value.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let host = parts[1].split(separator: "/", omittingEmptySubsequences: false).first,
            let at = host.lastIndex(of: "@")
        else { return nil }
        if let colon = host[..<at].firstIndex(of: ":") { return String(host[host.index(after: colon)..<at]) }
        let user = host[..<at]
        let isKey = user.utf8.count >= leastKeyAsUser && user.contains(where: \.isNumber)
        return isKey ? String(user) : nil
    }

    /// Names of people are shorter, or have no digit.
    private static let leastKeyAsUser = 16

    private static func safe(_ name: String) -> String {
        let plain = name.unicodeScalars.prefix(64)
            .map {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-.".unicodeScalars.contains($0)) ? $0 : "_"
            }
        return plain.isEmpty ? "secret" : String(String.UnicodeScalarView(plain))
    }
}

extension String {
    /// Without blanks and line ends around it.
    fileprivate var trimmed: String { trimmed { $0.isWhitespace } }

    /// Without quotes either: a text of JSON would lose its own with them.
    fileprivate var bare: String { trimmed { $0.isWhitespace || $0 == "\"" || $0 == "'" } }

    private func trimmed(of isAround: (Character) -> Bool) -> String {
        var text = self[...]
        while let first = text.first, isAround(first) { text.removeFirst() }
        while let last = text.last, isAround(last) { text.removeLast() }
        return String(text)
    }
}
