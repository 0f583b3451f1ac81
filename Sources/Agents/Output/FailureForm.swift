/// The form in which programs tell of one class of failures: the pattern of a whole line, in lower case.
///
/// In a pattern `*` stands for anything, `_` for one word, `#` for hexadecimal digits, and `%`, at the end only, for the
/// end of a phrase: that of the line, or punctuation and any rest.
struct FailureForm: Sendable {
    let meaning: Meaning
    let pattern: String
    private let bytes: [UInt8]

    enum Meaning: Sendable {
        case of(FailureClass)
        /// The first number in the line says it.
        case status
    }

    init(meaning: Meaning, pattern: String) {
        self.meaning = meaning
        self.pattern = pattern
        bytes = Array(pattern.utf8)
    }

    init(_ meaning: FailureClass, _ pattern: String) {
        self.init(meaning: .of(meaning), pattern: pattern)
    }

    static func status(_ pattern: String) -> FailureForm {
        FailureForm(meaning: .status, pattern: pattern)
    }

    func matches(_ line: [UInt8]) -> Bool {
        Self.matches(line[...], bytes[...])
    }

    private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        guard let sign = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        switch sign {
        case UInt8(ascii: "*"):
            return rest.isEmpty || (text.startIndex...text.endIndex).contains { matches(text[$0...], rest) }
        case UInt8(ascii: "_"):
            return run(of: text, rest) { $0 != 0x20 }
        case UInt8(ascii: "#"):
            return run(of: text, rest) { $0.isHexadecimalDigit }
        case UInt8(ascii: "%"):
            return endsPhrase(text)
        default:
            return text.first == sign && matches(text.dropFirst(), rest)
        }
    }

    /// Whether `text` begins with one or more bytes that `belongs`, and goes on as `rest` says.
    private static func run(
        of text: ArraySlice<UInt8>,
        _ rest: ArraySlice<UInt8>,
        _ belongs: (UInt8) -> Bool
    ) -> Bool {
        let end = text.firstIndex { !belongs($0) } ?? text.endIndex
        return (text.startIndex..<end).contains { matches(text[($0 + 1)...], rest) }
    }

    private static func endsPhrase(_ text: ArraySlice<UInt8>) -> Bool {
        // The end of a line ends a phrase.
        guard let first = text.drop(while: { $0 == 0x20 || $0 == 0x09 }).first else { return true }
        return !first.isLetterOrDigit
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
    fileprivate var isLetterOrDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x7A).contains(self) }
}
