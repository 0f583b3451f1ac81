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

    /// The text of one complete piece of bytes.
    static func clean(bytes: some Sequence<UInt8>) -> String {
        var filter = TerminalText()
        return filter.consume(bytes) + filter.finish()
    }

    /// As ``clean(_:)``, on one line: a newline is written as `\n`, a tab as a blank.
    static func cleanLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in clean(text).unicodeScalars {
            switch scalar {
            case "\n": line.append(contentsOf: #"\n"#.unicodeScalars)
            case "\t": line.append(" ")
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    /// Returns what can be shown of `bytes`, given all that came before.
    mutating func consume(_ bytes: some Sequence<UInt8>) -> String {
        var shown = String.UnicodeScalarView()
        for byte in bytes {
            if byte < 0x80, decoder.isIdle {
                take(Unicode.Scalar(byte), into: &shown)
                continue
            }
            for scalar in decoder.consume(byte) { take(scalar, into: &shown) }
        }
        return String(shown)
    }

    /// Returns what is left when no more bytes come.
    mutating func finish() -> String {
        var shown = String.UnicodeScalarView()
        if let scalar = decoder.finish() { take(scalar, into: &shown) }
        state = .text
        return String(shown)
    }

    private mutating func take(_ scalar: Unicode.Scalar, into shown: inout String.UnicodeScalarView) {
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

    private mutating func takeText(_ scalar: Unicode.Scalar, into shown: inout String.UnicodeScalarView) {
        let followsReturn = lastWasReturn
        lastWasReturn = false
        switch scalar.value {
        case 0x1B: enter(.escape)
        case 0x0A: if !followsReturn { shown.append("\n") }
        case 0x0D:
            lastWasReturn = true
            shown.append("\n")
        case 0x09: shown.append("\t")
        case 0x9B: enter(.sequence)
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: enter(.string)
        case 0x00...0x1F, 0x7F...0x9F: break
        case 0x2028, 0x2029: shown.append("\n")
        case 0x200C, 0x200D: break
        default: Self.appendVisibly(scalar, to: &shown)
        }
    }

    private mutating func takeEscape(_ scalar: Unicode.Scalar, into shown: inout String.UnicodeScalarView) {
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
        into shown: inout String.UnicodeScalarView
    ) {
        switch scalar.value {
        case first...0x7E: state = .text
        case 0x20..<first: break
        default: resume(with: scalar, into: &shown)
        }
    }

    private mutating func takeString(_ scalar: Unicode.Scalar, into shown: inout String.UnicodeScalarView) {
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
    private mutating func resume(with scalar: Unicode.Scalar, into shown: inout String.UnicodeScalarView) {
        state = .text
        takeText(scalar, into: &shown)
    }

    private static func appendVisibly(_ scalar: Unicode.Scalar, to shown: inout String.UnicodeScalarView) {
        let isEmojiSelector = scalar.value == 0xFE0E || scalar.value == 0xFE0F
        let isHidden = scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.generalCategory == .format
        guard isHidden, !isEmojiSelector else {
            shown.append(scalar)
            return
        }
        let code = String(scalar.value, radix: 16, uppercase: true)
        shown.append(contentsOf: "\\u{\(code)}".unicodeScalars)
    }
}
