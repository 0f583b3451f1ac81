/// One line of a message, and what Markdown makes of it.
struct TextLine {
    /// Without the line end.
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes.last == 0x0D ? bytes.dropLast() : bytes
    }

    /// Without blanks at its ends.
    var trimmed: [UInt8] { Array(Self.trim(bytes) { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) }

    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }

    /// In columns; a tab goes on to the next multiple of four.
    var indentation: Int {
        var columns = 0
        for byte in bytes {
            switch byte {
            case 0x20: columns += 1
            case 0x09: columns += 4 - columns % 4
            default: return columns
            }
        }
        return columns
    }

    /// A line of three or more backticks or tildes.
    struct Fence: Hashable {
        var mark: UInt8
        var length: Int
    }

    /// The fence that the line opens, also as an item of a list.
    var openingFence: Fence? {
        guard let (fence, rest) = fence(in: withoutListMarker) else { return nil }
        return fence.mark == UInt8(ascii: "`") && rest.contains(fence.mark) ? nil : fence
    }

    func closes(_ opening: Fence) -> Bool {
        guard let (fence, rest) = fence(in: bytes[...]) else { return false }
        return fence.mark == opening.mark && fence.length >= opening.length && TextLine(rest).isBlank
    }

    private func fence(in bytes: ArraySlice<UInt8>) -> (Fence, rest: ArraySlice<UInt8>)? {
        let content = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        guard let mark = content.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
        let rest = content.drop { $0 == mark }
        let length = content.count - rest.count
        return length >= 3 ? (Fence(mark: mark, length: length), rest) : nil
    }

    /// What follows `- `, `* `, `+ `, `1.
    ///
    /// ` or `1) `; the whole line where there is none of them.
    var withoutListMarker: ArraySlice<UInt8> {
        let content = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        let digits = content.prefix(9).prefix { $0 &- 0x30 < 10 }
        var rest = content.dropFirst(digits.count)
        guard let mark = rest.popFirst() else { return bytes }
        let marks = digits.isEmpty ? "-*+" : ".)"
        guard marks.utf8.contains(mark), rest.first == 0x20 || rest.first == 0x09 else { return bytes }
        return rest
    }

    /// Whether it is the opening or closing tag of a gate and nothing else.
    func isTag(closing: Bool) -> Bool {
        var rest = Self.withoutEmphasis(bytes)
        guard rest.popFirst() == UInt8(ascii: "<"), rest.popLast() == UInt8(ascii: ">") else { return false }
        rest = Self.trim(rest, Self.isBlank)
        if closing, rest.popFirst() != UInt8(ascii: "/") { return false }
        return Self.isGateName(rest)
    }

    /// Whether it is `COMPLETION_GATE:` and nothing else.
    var isHeading: Bool {
        var rest = Self.withoutEmphasis(bytes)
        guard rest.popLast() == UInt8(ascii: ":") else { return false }
        return Self.isGateName(Self.withoutEmphasis(rest))
    }

    private static func isGateName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count < 40 else { return false }
        // Some escape the underscore, as Markdown allows.
        let name = trim(bytes, isBlank).filter { $0 != UInt8(ascii: "\\") }.map { $0 | 0x20 }
        // Of the name's characters only the underscore changes by the bit that makes letters small.
        return name.elementsEqual("completion_gate".utf8.map { $0 | 0x20 })
    }

    private static func withoutEmphasis(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        trim(bytes) { isBlank($0) || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "_") }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    private static func trim(_ bytes: ArraySlice<UInt8>, _ isDropped: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: isDropped)
        while let last = bytes.last, isDropped(last) { bytes.removeLast() }
        return bytes
    }
}
