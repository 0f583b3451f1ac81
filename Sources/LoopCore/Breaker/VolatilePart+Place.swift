/// Places in files, processes and machines, and names given anew each time.
extension VolatilePart {
    /// What follows a file's, program's or machine's name: `:41:4`, `:8080`, `(41,4)`, `[1234]:`.
    static func place(at start: Int, in text: [UInt8]) -> VolatilePart? {
        guard start > 0, text[start - 1].isWordCharacter else { return nil }
        switch text[start] {
        case UInt8(ascii: ":"): return lineAndColumn(at: start, in: text)
        case UInt8(ascii: "("): return parenthesised(at: start, in: text)
        default: return processID(at: start, in: text)
        }
    }

    private static func lineAndColumn(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let lineEnd = text.endOfDigits(from: start + 1)
        guard lineEnd > start + 1, text.isBoundary(lineEnd) else { return nil }
        let columnEnd = text.endOfDigits(from: lineEnd + 1)
        if text.byte(at: lineEnd) == UInt8(ascii: ":"), columnEnd > lineEnd + 1, text.isBoundary(columnEnd) {
            return VolatilePart(length: columnEnd - start, replacement: ":<n>")
        }
        // A single number is a line or a port behind a name with a point or slash; `count:3` is neither.
        guard namesPlace(before: start, in: text) else { return nil }
        return VolatilePart(length: lineEnd - start, replacement: ":<n>")
    }

    private static func parenthesised(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let lineEnd = text.endOfDigits(from: start + 1)
        guard lineEnd > start + 1, text.byte(at: lineEnd) == UInt8(ascii: ","), namesPlace(before: start, in: text)
        else { return nil }
        let columnEnd = text.endOfDigits(from: lineEnd + 1)
        guard columnEnd > lineEnd + 1, text.byte(at: columnEnd) == UInt8(ascii: ")") else { return nil }
        return VolatilePart(length: columnEnd + 1 - start, replacement: "(<n>)")
    }

    private static func processID(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let end = text.endOfDigits(from: start + 1)
        // Shorter numbers are more likely an index.
        guard end - start > 3, text.byte(at: end) == UInt8(ascii: "]"), text.byte(at: end + 1) == UInt8(ascii: ":")
        else { return nil }
        return VolatilePart(length: end + 1 - start, replacement: "[<n>]")
    }

    private static func namesPlace(before end: Int, in text: [UInt8]) -> Bool {
        var start = end
        while start > 0, isPathCharacter(text[start - 1]) { start -= 1 }
        let name = text[start..<end]
        return name.contains(UInt8(ascii: ".")) || name.contains(UInt8(ascii: "/"))
            || name.elementsEqual("localhost".utf8)
    }

    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        byte.isWordCharacter || byte >= 0x80 || "./-+@~%#=".utf8.contains(byte)
    }

    /// A number behind a word that says that it is volatile: `line 41`, `pid: 7`, `port=8080`.
    static func labelled(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let labelEnd = text.endOfWord(from: start)
        guard labelEnd - start < 10, let fewestDigits = labels[text.word(from: start)] else { return nil }
        let numberStart = text.end(from: labelEnd) { " :=#".utf8.contains($0) }
        let numberEnd = text.endOfDigits(from: numberStart)
        guard numberStart > labelEnd, numberStart - labelEnd <= 3, numberEnd - numberStart >= fewestDigits,
            text.isBoundary(numberEnd)
        else { return nil }
        return VolatilePart(length: numberEnd - start, kept: numberStart - start, replacement: "<n>")
    }

    /// The process number in a shell's word on a signal: `run.sh: line 3: 12345 Segmentation fault`.
    static func job(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let end = text.endOfDigits(from: start)
        let words = text.end(from: end) { $0 == 0x20 }
        guard let before = text[..<start].last(where: { $0 != 0x20 }), before == UInt8(ascii: ":"), words > end,
            signalWords.contains(where: { text[words...].starts(with: $0.utf8) })
        else { return nil }
        return VolatilePart(length: end - start, replacement: "<n>")
    }

    /// As the C library names them.
    private static let signalWords = [
        "Segmentation fault", "Aborted", "Killed", "Bus error", "Illegal instruction", "Floating point exception",
        "Terminated", "Trace/breakpoint trap",
    ]

    /// How many digits a number must have behind each word: few may be a count, as in `process 3 files`.
    private static let labels = [
        "line": 1, "lines": 1, "column": 1, "col": 1, "pid": 1, "ppid": 1, "tid": 1, "port": 1, "process": 4,
        "thread": 4,
    ]

    /// A path beneath a directory for temporary files; only the file's name stays.
    static func path(at start: Int, in text: [UInt8]) -> VolatilePart? {
        guard text[start] == UInt8(ascii: "/"), start == 0 || !isPathCharacter(text[start - 1]) else { return nil }
        let end = text.end(from: start, of: isPathCharacter)
        let path = text[start..<end]
        guard let root = temporaryRoots.first(where: { path.starts(with: $0.utf8) }) else { return nil }
        let components = path.dropFirst(root.utf8.count).split(separator: UInt8(ascii: "/"))
        guard let first = components.first else { return nil }
        let name = components.count > 1 ? "/" + String(decoding: components.last ?? first, as: UTF8.self) : ""
        return VolatilePart(length: end - start, replacement: "<tmp>" + name)
    }

    private static let temporaryRoots = [
        "/private/tmp/", "/private/var/folders/", "/var/folders/", "/var/tmp/", "/tmp/", "/dev/shm/", "/run/user/",
    ]

    /// An address, a UUID, a hash, or a name made of a kind and random characters: `req_011CX1`.
    static func id(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let end = text.endOfWord(from: start)
        if text[start] == UInt8(ascii: "0"), text.byte(at: start + 1).map({ $0 | 0x20 }) == UInt8(ascii: "x"),
            text.end(from: start + 2, of: \.isHexDigit) == end, end > start + 2
        {
            return VolatilePart(length: end - start, replacement: "<address>")
        }
        if let uuidEnd = uuid(at: start, in: text) {
            return VolatilePart(length: uuidEnd - start, replacement: "<id>")
        }
        return isRandom(text[start..<end]) ? VolatilePart(length: end - start, replacement: "<id>") : nil
    }

    private static func uuid(at start: Int, in text: [UInt8]) -> Int? {
        var position = start
        for (index, length) in [8, 4, 4, 4, 12].enumerated() {
            let end = text.end(from: position, of: \.isHexDigit)
            guard end - position == length else { return nil }
            if index == 4 { return text.isBoundary(end) ? end : nil }
            guard text.byte(at: end) == UInt8(ascii: "-") else { return nil }
            position = end + 1
        }
        return nil
    }

    /// Error codes like `E0308` and numbers that mean something are shorter than what is drawn at random.
    private static func isRandom(_ word: ArraySlice<UInt8>) -> Bool {
        let digits = word.count { $0.isDigit }
        if digits == word.count { return digits >= 10 }
        guard digits > 0 else { return false }
        if word.allSatisfy(\.isHexDigit) { return word.count >= 8 }
        guard let underscore = word.lastIndex(of: UInt8(ascii: "_")) else { return false }
        let tail = word[(underscore + 1)...]
        let hasCapital = tail.contains { $0.isLetter && $0 & 0x20 == 0 }
        return tail.count >= 6 && tail.contains(where: \.isDigit)
            && (hasCapital || kinds.contains(String(decoding: word[..<underscore], as: UTF8.self)))
    }

    private static let kinds: Set = ["req", "toolu", "msg", "call", "sess", "run", "resp", "chatcmpl"]
}
