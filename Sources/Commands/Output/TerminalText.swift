/// Turns bytes that others wrote into text that is safe to show on a terminal.
///
/// A terminal obeys what it is shown: an agent's output could set the clipboard, ask the terminal to type answers into
/// the person's shell, overwrite "tests failed" or reorder a branch name. So of foreign bytes only printable text, tab
/// and newline survive. Escape sequences vanish, `\r` becomes a newline, characters that cannot be seen or that reorder
/// others are written as `\u{202E}`. It is a state machine over bytes, so that a sequence cut in two chunks stays one.
struct TerminalText: Sendable {
    /// What the bytes before the present one were.
    private enum State: Hashable {
        case text
        /// After `ESC`.
        case escape
        /// After `ESC` and an intermediate byte; ends with a byte from 0x30.
        case charset
        /// Inside a control sequence (CSI); ends with a byte from 0x40.
        case sequence
        /// Inside a string (OSC, DCS, SOS, PM, APC); ends with BEL or ST.
        case string
        /// After `ESC` inside a string: a backslash ends it.
        case stringEscape
    }

    /// After so many bytes an escape sequence without an end is taken for text: it may not swallow the rest.
    private static let maximumSequenceLength = 256

    private var state = State.text
    private var sequenceLength = 0
    private var decoder = ScalarDecoder()
    private var lastWasReturn = false

    /// The text of one complete piece.
    static func clean(_ text: String) -> String {
        clean(bytes: Array(text.utf8))
    }

    /// The text of what somebody decides about.
    ///
    /// Nothing of it is left out: what would steer a terminal is shown as a picture of it.
    static func judged(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: shown.append(scalar)
            case 0..<0x20: shown.append(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
            case 0x7F: shown.append("\u{2421}")
            case 0x80..<0xA0:
                shown.append(contentsOf: "⟨U+00\(String(scalar.value, radix: 16, uppercase: true))⟩".unicodeScalars)
            default: shown.append(scalar)
            }
        }
        return clean(String(shown))
    }

    /// The text of one complete piece of bytes.
    static func clean(bytes: some Sequence<UInt8>) -> String {
        var filter = TerminalText()
        let text = filter.consume(bytes)
        return text + filter.finish()
    }

    /// As ``clean(_:)``, on one line: a newline is written as `\n`, a tab as a blank.
    static func cleanLine(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        let text = clean(text)
        guard text.utf8.contains(where: { $0 == 0x0A || $0 == 0x09 }) else { return text }
        var line: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x0A: line.append(contentsOf: #"\n"#.utf8)
            case 0x09: line.append(0x20)
            default: line.append(byte)
            }
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// Returns what can be shown of `bytes`, given all that came before.
    mutating func consume(_ bytes: some Sequence<UInt8>) -> String {
        var shown: [UInt8] = []
        shown.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if byte < 0x80, decoder.isIdle {
                if state == .text, !lastWasReturn, Self.isHarmless(byte) {
                    shown.append(byte)
                    continue
                }
                take(Unicode.Scalar(byte), into: &shown)
                continue
            }
            for scalar in decoder.consume(byte) { take(scalar, into: &shown) }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Returns what is left when no more bytes come.
    mutating func finish() -> String {
        var shown: [UInt8] = []
        if let scalar = decoder.finish() { take(scalar, into: &shown) }
        state = .text
        return String(decoding: shown, as: UTF8.self)
    }

    private mutating func take(_ scalar: Unicode.Scalar, into shown: inout [UInt8]) {
        if state != .text {
            sequenceLength += 1
            if sequenceLength > Self.maximumSequenceLength { state = .text }
        }
        switch state {
        case .text: takeText(scalar, into: &shown)
        case .escape: takeEscape(scalar, into: &shown)
        case .charset: takeSequence(scalar, endsFrom: 0x30, into: &shown)
        case .sequence: takeSequence(scalar, endsFrom: 0x40, into: &shown)
        case .string: takeString(scalar, into: &shown)
        case .stringEscape:
            state = .string
            if scalar == "\\" { state = .text } else { takeString(scalar, into: &shown) }
        }
    }

    private mutating func takeText(_ scalar: Unicode.Scalar, into shown: inout [UInt8]) {
        let followsReturn = lastWasReturn
        lastWasReturn = false
        switch scalar.value {
        case 0x1B: enter(.escape)
        case 0x0A: if !followsReturn { shown.append(0x0A) }
        case 0x0D:
            lastWasReturn = true
            shown.append(0x0A)
        case 0x09: shown.append(0x09)
        case 0x9B: enter(.sequence)
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: enter(.string)
        case 0x00...0x1F, 0x7F...0x9F: break
        case 0x2028, 0x2029: shown.append(0x0A)
        case 0x200C, 0x200D: break
        default: Self.appendVisibly(scalar, to: &shown)
        }
    }

    private mutating func takeEscape(_ scalar: Unicode.Scalar, into shown: inout [UInt8]) {
        switch scalar.value {
        case 0x5B: state = .sequence
        case 0x5D, 0x50, 0x58, 0x5E, 0x5F: state = .string
        case 0x20...0x2F: state = .charset
        case 0x30...0x7E: state = .text
        default: resume(with: scalar, into: &shown)
        }
    }

    private mutating func takeSequence(
        _ scalar: Unicode.Scalar,
        endsFrom first: UInt32,
        into shown: inout [UInt8]
    ) {
        switch scalar.value {
        case first...0x7E: state = .text
        case 0x20..<first: break
        default: resume(with: scalar, into: &shown)
        }
    }

    private mutating func takeString(_ scalar: Unicode.Scalar, into shown: inout [UInt8]) {
        switch scalar.value {
        case 0x07, 0x9C, 0x18, 0x1A: state = .text
        case 0x1B: state = .stringEscape
        case 0x0A, 0x0D: resume(with: scalar, into: &shown)
        default: break
        }
    }

    private mutating func enter(_ newState: State) {
        state = newState
        sequenceLength = 0
    }

    /// Ends a sequence that is none, and takes `scalar` for what it is outside of one.
    private mutating func resume(with scalar: Unicode.Scalar, into shown: inout [UInt8]) {
        state = .text
        takeText(scalar, into: &shown)
    }

    /// Text without anything to take out: what nearly all output is made of.
    private static func isHarmless(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || byte == 0x0A || byte == 0x09
    }

    private static func appendVisibly(_ scalar: Unicode.Scalar, to shown: inout [UInt8]) {
        guard scalar.value >= 0xA0 else { return shown.append(UInt8(truncatingIfNeeded: scalar.value)) }
        let isEmojiSelector = scalar.value == 0xFE0E || scalar.value == 0xFE0F
        let isHidden = scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.generalCategory == .format
        guard isHidden, !isEmojiSelector else {
            shown.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            return
        }
        let code = String(scalar.value, radix: 16, uppercase: true)
        shown.append(contentsOf: "\\u{\(code)}".utf8)
    }
}
