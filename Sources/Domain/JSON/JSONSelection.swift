/// The members that are wanted of a JSON object, and of the objects inside it.
///
/// Most of what an agent prints is said twice or needed by nobody: what is not wanted is passed over without a value
/// being built of it, and only looked at as far as is needed to find its end, so it may be broken inside.
package struct JSONSelection: Sendable {
    private struct Member: Sendable {
        let key: String
        let bytes: [UInt8]
        /// What is wanted of the value, where that is not all.
        let part: JSONSelection?

        init(key: String, part: JSONSelection?) {
            self.key = key
            self.part = part
            bytes = Array(key.utf8)
        }
    }

    /// The shortest key first.
    private let members: [Member]
    /// For each number of bytes, where the keys of so many begin in ``members``; and where the last ones end.
    private let starts: [Int]

    /// Wants all of the values of the keys `whole`, and of the values of `parts` what is said there.
    ///
    /// What is said of a part holds for an object, and for each object in an array.
    package init(_ whole: [String], parts: [String: JSONSelection] = [:]) {
        let all = whole.map { Member(key: $0, part: nil) } + parts.map { Member(key: $0, part: $1) }
        members = all.sorted { $0.bytes.count < $1.bytes.count }
        let longest = members.last?.bytes.count ?? 0
        starts = (0...longest + 1).map { [members] length in members.count { $0.bytes.count < length } }
    }

    /// Returns what is wanted of `text`, and `nil` where it is not one whole JSON object, or a wanted value is broken.
    ///
    /// A key that is written with escapes is not recognised. Inside a part's array, arrays are taken for empty ones.
    package func read(_ text: UnsafeRawBufferPointer) -> JSONValue? {
        var scanner = JSONSkipper(text.bindMemory(to: UInt8.self))
        guard let object = object(&scanner), scanner.isAtEnd else { return nil }
        return object
    }

    /// Returns what is wanted of `text`, and `nil` where it is not one whole JSON object, or a wanted value is broken.
    package func read(_ text: [UInt8]) -> JSONValue? {
        text.withUnsafeBytes { read($0) }
    }

    private func object(_ scanner: inout JSONSkipper) -> JSONValue? {
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        if scanner.take(UInt8(ascii: "}")) { return .object([]) }
        var found: [JSONMember] = []
        while let key = scanner.takeString() {
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            if let index = index(of: scanner.raw(key.range)) {
                // Room for nearly all records at once.
                if found.isEmpty { found.reserveCapacity(8) }
                guard let value = value(of: index, &scanner) else { return nil }
                found.append(JSONMember(key: members[index].key, value: value))
            } else if scanner.takeValue() == nil {
                return nil
            }
            if scanner.take(UInt8(ascii: "}")) { return .object(found) }
            guard scanner.take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    /// Where `key` is in ``members``.
    private func index(of key: UnsafeRawBufferPointer) -> Int? {
        guard key.count + 1 < starts.count else { return nil }
        return (starts[key.count]..<starts[key.count + 1])
            .first { index in
                members[index].bytes.withUnsafeBytes { JSONBytes.areEqual($0, key) }
            }
    }

    private func value(of index: Int, _ scanner: inout JSONSkipper) -> JSONValue? {
        guard let part = members[index].part else { return Self.whole(&scanner) }
        return part.part(&scanner)
    }

    /// The value of a member of which not all is wanted.
    private func part(_ scanner: inout JSONSkipper) -> JSONValue? {
        switch scanner.next() {
        case UInt8(ascii: "{"): object(&scanner)
        case UInt8(ascii: "["): elements(&scanner)
        default: Self.whole(&scanner)
        }
    }

    private func elements(_ scanner: inout JSONSkipper) -> JSONValue? {
        guard scanner.take(UInt8(ascii: "[")) else { return nil }
        if scanner.take(UInt8(ascii: "]")) { return .array([]) }
        var found: [JSONValue] = []
        while let element = element(&scanner) {
            found.append(element)
            if scanner.take(UInt8(ascii: "]")) { return .array(found) }
            guard scanner.take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    /// Never goes into an array, so how deep this recurses is up to the selection, not to the text.
    private func element(_ scanner: inout JSONSkipper) -> JSONValue? {
        switch scanner.next() {
        case UInt8(ascii: "{"): object(&scanner)
        case UInt8(ascii: "["): scanner.takeValue().map { _ in .array([]) }
        default: Self.whole(&scanner)
        }
    }

    private static func whole(_ scanner: inout JSONSkipper) -> JSONValue? {
        guard scanner.next() == UInt8(ascii: "\"") else {
            // A member that is broken breaks the record.
            return scanner.takeValue().flatMap { try? JSONParser.parse(scanner.raw($0)) }
        }
        guard let content = scanner.takeString() else { return nil }
        // So does a string with an escape that is none.
        return try? .string(JSONEscapes.string(scanner.bytes(content.range), hasEscapes: content.hasEscapes))
    }
}
