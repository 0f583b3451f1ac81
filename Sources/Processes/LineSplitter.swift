import Glibc

/// Splits bytes into lines at line feeds and at nothing else: records hold U+2028, U+0085 and carriage returns.
package struct LineSplitter: Sendable {
    /// A line without its line feed.
    package enum Line {
        /// Valid only during the call that it is handed to.
        case text(UnsafeRawBufferPointer)
        /// A line longer than the limit; nothing of it is kept but its length.
        case oversized(byteCount: Int)
    }

    private let limit: Int
    /// The beginning of a line whose end has not come.
    private var pending: [UInt8] = []
    /// Set when the line was found to be too long: how much of it has come.
    private var skipped: Int?

    package init(limit: Int) {
        self.limit = limit
    }

    /// Hands every line that `bytes` complete to `body`.
    package mutating func consume(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (Line) throws -> Void
    ) rethrows {
        var rest = bytes
        while let base = rest.baseAddress, let found = memchr(base, 0x0A, rest.count) {
            let count = UnsafeRawPointer(found) - base
            try finishLine(with: UnsafeRawBufferPointer(rebasing: rest[..<count]), body)
            rest = UnsafeRawBufferPointer(rebasing: rest[(count + 1)...])
        }
        hold(rest)
    }

    /// Hands what came after the last line feed to `body`, if anything did.
    package mutating func finish(_ body: (Line) throws -> Void) rethrows {
        guard skipped != nil || !pending.isEmpty else { return }
        try finishLine(with: UnsafeRawBufferPointer(start: nil, count: 0), body)
    }

    private mutating func finishLine(
        with end: UnsafeRawBufferPointer,
        _ body: (Line) throws -> Void
    ) rethrows {
        guard skipped != nil || !pending.isEmpty || end.count > limit else { return try body(.text(end)) }
        hold(end)
        defer {
            skipped = nil
            // A long line's room is given back.
            pending.removeAll(keepingCapacity: pending.capacity <= 1 << 20)
        }
        if let skipped { return try body(.oversized(byteCount: skipped)) }
        try pending.withUnsafeBytes { try body(.text($0)) }
    }

    private mutating func hold(_ bytes: UnsafeRawBufferPointer) {
        if let skipped {
            self.skipped = skipped + bytes.count
        } else if pending.count + bytes.count <= limit {
            pending.append(contentsOf: bytes)
        } else {
            skipped = pending.count + bytes.count
            pending = []
        }
    }
}
