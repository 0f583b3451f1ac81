/// Keeps the last bytes of a program's output, however much it prints.
package struct OutputTail: Hashable, Sendable {
    private let capacity: Int
    private var bytes: [UInt8] = []
    private var isCut = false

    /// - Parameter capacity: how many bytes are kept at the end; twice as many are held in between.
    package init(capacity: Int = 16 << 10) {
        self.capacity = capacity
    }

    package mutating func append(_ chunk: some Collection<UInt8>) {
        bytes.append(contentsOf: chunk.suffix(capacity))
        isCut = isCut || chunk.count > capacity
        guard bytes.count > 2 * capacity else { return }
        trim()
    }

    /// What was kept, from the first complete line on where something was cut, as valid UTF-8.
    package var text: String {
        var copy = self
        copy.trim()
        let kept = copy.bytes[...]
        guard copy.isCut, let newline = kept.firstIndex(of: 0x0A) else { return String(decoding: kept, as: UTF8.self) }
        return String(decoding: kept[(newline + 1)...], as: UTF8.self)
    }

    private mutating func trim() {
        guard bytes.count > capacity else { return }
        bytes.removeFirst(bytes.count - capacity)
        isCut = true
    }
}
