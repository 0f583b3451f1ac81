import Glibc

/// Splits a stream of bytes into lines at 0x0A and nothing else: agents print U+2028 and U+0085 inside their records.
///
/// Lines have no bound in practice (64 MB were seen), so a longer one than ``limit`` is not held: of it only an outline
/// is kept, see ``RecordOutline``.
struct RecordSplitter: Sendable {
    /// Valid only while it is handed over: most lines are never copied.
    enum Line {
        case complete(UnsafeRawBufferPointer)
        case oversized(bytes: Int, outline: [UInt8])
    }

    private let limit: Int
    private var pending: [UInt8] = []
    private var outline: RecordOutline?
    private var count = 0

    init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// Takes the next bytes, and hands every line they complete, without its line feed, to `body`.
    mutating func consume(_ bytes: UnsafeRawBufferPointer, _ body: (Line) -> Void) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = Self.lineFeed(in: rest)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.endIndex)])
            guard let end else { return append(piece) }
            if count == 0, piece.count <= limit {
                body(.complete(piece))
            } else {
                append(piece)
                handOver(to: body)
            }
            rest = rest[(end + 1)...]
        }
    }

    /// Hands what came after the last line feed to `body`, where there is anything.
    mutating func finish(_ body: (Line) -> Void) {
        if count > 0 { handOver(to: body) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        guard outline == nil else {
            outline?.append(bytes)
            return
        }
        if count <= limit {
            pending.append(contentsOf: bytes)
        } else {
            var outline = RecordOutline()
            pending.withUnsafeBytes { outline.append($0) }
            outline.append(bytes)
            self.outline = outline
            pending = []
        }
    }

    private mutating func handOver(to body: (Line) -> Void) {
        if let outline {
            body(.oversized(bytes: count, outline: outline.bytes))
        } else {
            pending.withUnsafeBytes { body(.complete($0)) }
        }
        pending = []
        outline = nil
        count = 0
    }

    private static func lineFeed(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let region = UnsafeRawBufferPointer(rebasing: bytes)
        guard let base = region.baseAddress, let found = memchr(base, 0x0A, region.count) else { return nil }
        return bytes.startIndex + (UnsafeRawPointer(found) - base)
    }
}
