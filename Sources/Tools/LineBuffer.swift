/// Cuts a stream of bytes into lines, at line feeds only.
package struct LineBuffer: Sendable {
    private var pending: [UInt8] = []
    private let limit: Int

    /// Of a line that is longer than `limit` bytes only the beginning is kept.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Returns the lines that `bytes` complete, without their line feeds.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(pending)
                pending = []
            } else if pending.count < limit {
                pending.append(byte)
            }
        }
        return lines
    }
}
