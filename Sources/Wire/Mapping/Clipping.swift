package import Domain

/// What comes from agents may be anything: it is made what may be sent, and nothing is refused for it.
extension String {
    /// Without NUL, and cut to so many bytes of whole characters of Unicode.
    ///
    /// Cut first: what is not taken may be of any length.
    package func clipped(to limit: Int) -> String { prefix(bytes: limit).withoutNUL.prefix(bytes: limit) }

    /// The same, with its beginning cut off.
    package func clippedStart(to limit: Int) -> String { suffix(bytes: limit).withoutNUL.suffix(bytes: limit) }

    private func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: Swift.max(0, limit))
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }

    private func suffix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var start = utf8.index(utf8.endIndex, offsetBy: -Swift.max(0, limit))
        while start < endIndex, utf8[start] & 0xC0 == 0x80 { start = utf8.index(after: start) }
        return String(self[start...])
    }

    private var withoutNUL: String {
        guard utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }

    /// As one line that people can see.
    package var asLabel: String {
        let begin = prefix(bytes: WireLimits.label)
        let visible = String(String.UnicodeScalarView(begin.unicodeScalars.map { $0.isVisible ? $0 : "\u{FFFD}" }))
        let label = visible.clipped(to: WireLimits.label)
        return label.isEmpty ? "?" : label
    }
}

extension [String] {
    func clipped(to limit: Int, count: Int) -> [String] { prefix(count).map { $0.clipped(to: limit) } }
}

extension Int {
    package var clipped: Int { Swift.min(Swift.max(self, 0), WireLimits.integer) }
}

extension USD {
    var clipped: USD { USD(microdollars: Int64(Int(microdollars).clipped)) }
}

extension Duration {
    var clipped: Duration { .milliseconds(Swift.min(Swift.max(milliseconds, 0), Int64(WireLimits.time))) }
}

extension Timestamp {
    package var clipped: Timestamp {
        Timestamp(millisecondsSince1970: Swift.min(Swift.max(millisecondsSince1970, 0), Int64(WireLimits.time)))
    }
}
