/// A key that was pressed, or text that was pasted.
enum TopKey: Hashable, Sendable {
    case character(Character)
    /// Of several lines, maybe.
    case paste(String)
    /// Ctrl and a letter, in lower case.
    case control(Character)
    case enter
    case tab
    case escape
    case backspace
    case delete
    case up
    case down
    case left
    case right
    case pageUp
    case pageDown
    case home
    case end
    /// A sequence that means nothing here.
    case unknown
}

/// Makes keys of the bytes that a terminal sends, which may be cut anywhere.
///
/// A lone escape is the key of that name or the beginning of a sequence: only that nothing follows tells which. So it is
/// held back until ``finish()``, which is called when nothing has followed for a moment.
struct TopKeys: Sendable {
    private enum State: Hashable {
        case text
        case escape
        /// After `ESC [`, with what has come of the sequence.
        case sequence([UInt8])
        /// After `ESC O`.
        case single
        /// Between the marks of a paste.
        case paste
    }

    private var state = State.text
    private var decoder = ScalarDecoder()
    private var pasted: [UInt8] = []
    /// How much of the mark that ends a paste has come.
    private var matched = 0

    /// Longer than any that a terminal sends.
    private static let longestSequence = 32
    /// No message may be longer.
    private static let longestPaste = 64 << 10
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    /// Whether what came last may go on; a paste goes on however long it takes.
    var isPending: Bool { state != .text && state != .paste }

    /// Returns the keys that are complete with `bytes`.
    mutating func consume(_ bytes: some Sequence<UInt8>) -> [TopKey] {
        var keys: [TopKey] = []
        for byte in bytes { take(byte, into: &keys) }
        return keys
    }

    /// Nothing more has come for a moment: what was begun is what it is.
    mutating func finish() -> [TopKey] {
        defer { if isPending { state = .text } }
        return state == .escape ? [.escape] : []
    }

    private mutating func take(_ byte: UInt8, into keys: inout [TopKey]) {
        switch state {
        case .text: takeText(byte, into: &keys)
        case .escape: takeEscape(byte, into: &keys)
        case .sequence(let begun): takeSequence(begun, byte, into: &keys)
        case .single:
            state = .text
            keys.append(Self.letters[byte] ?? .unknown)
        case .paste: takePaste(byte, into: &keys)
        }
    }

    private mutating func takeText(_ byte: UInt8, into keys: inout [TopKey]) {
        if byte < 0x20 || byte == 0x7F, decoder.isIdle {
            if byte == 0x1B { state = .escape } else { keys.append(Self.control(byte)) }
            return
        }
        for scalar in decoder.consume(byte) {
            // The mark for broken text is followed by what broke it.
            if scalar.value < 0x20 || scalar.value == 0x7F {
                takeText(UInt8(truncatingIfNeeded: scalar.value), into: &keys)
            } else if !(0x80...0x9F).contains(scalar.value) {
                keys.append(.character(Character(scalar)))
            }
        }
    }

    private static func control(_ byte: UInt8) -> TopKey {
        switch byte {
        case 0x0D, 0x0A: .enter
        case 0x09: .tab
        case 0x08, 0x7F: .backspace
        case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
        default: .unknown
        }
    }

    /// Escape and then another key, quickly, is two keys; but what begins a sequence is taken for one.
    private mutating func takeEscape(_ byte: UInt8, into keys: inout [TopKey]) {
        switch byte {
        case UInt8(ascii: "["): state = .sequence([])
        case UInt8(ascii: "O"): state = .single
        default:
            state = .text
            keys.append(.escape)
            takeText(byte, into: &keys)
        }
    }

    private mutating func takeSequence(_ begun: [UInt8], _ byte: UInt8, into keys: inout [TopKey]) {
        switch byte {
        case 0x40...0x7E:
            state = .text
            endSequence(begun, byte, into: &keys)
        case 0x20...0x3F where begun.count < Self.longestSequence: state = .sequence(begun + [byte])
        case 0x20...0x3F: break
        default:
            // It is broken off: what breaks it is a key again.
            state = .text
            takeText(byte, into: &keys)
        }
    }

    private mutating func endSequence(_ parameters: [UInt8], _ final: UInt8, into keys: inout [TopKey]) {
        guard final == UInt8(ascii: "~") else {
            // With Shift and the like it has parameters, and is the same key.
            keys.append(Self.letters[final] ?? .unknown)
            return
        }
        switch String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
        case "200":
            state = .paste
            pasted = []
            matched = 0
        // The end of a paste whose beginning nobody saw.
        case "201": break
        case "1", "7": keys.append(.home)
        case "4", "8": keys.append(.end)
        case "3": keys.append(.delete)
        case "5": keys.append(.pageUp)
        case "6": keys.append(.pageDown)
        default: keys.append(.unknown)
        }
    }

    private static let letters: [UInt8: TopKey] = [
        UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left,
        UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end, UInt8(ascii: "M"): .enter,
    ]

    private mutating func takePaste(_ byte: UInt8, into keys: inout [TopKey]) {
        if byte == Self.pasteEnd[matched] {
            matched += 1
            guard matched == Self.pasteEnd.count else { return }
            state = .text
            keys.append(.paste(Self.text(of: pasted)))
            pasted = []
            return
        }
        keep(Self.pasteEnd[..<matched])
        // The mark has its first byte nowhere else.
        matched = byte == Self.pasteEnd[0] ? 1 : 0
        if matched == 0 { keep([byte]) }
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        if pasted.count + bytes.count <= Self.longestPaste { pasted += bytes }
    }

    /// What can be part of a text: lines, without anything that would control a terminal.
    private static func text(of bytes: [UInt8]) -> String {
        let lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        var text = ""
        for scalar in lines.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            if !isControl || scalar == "\n" || scalar == "\t" { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
