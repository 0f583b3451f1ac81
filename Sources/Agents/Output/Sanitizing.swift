import Glibc

extension String {
    /// Makes text of bytes that may be anything: what is no UTF-8 becomes U+FFFD, NUL is left out.
    init(lossy bytes: some Collection<UInt8>) {
        self = String(decoding: bytes, as: UTF8.self).withoutNUL
    }

    /// NUL ends strings in C, SQLite and on command lines, and says nothing to anybody.
    var withoutNUL: String {
        hasNUL ? String(String.UnicodeScalarView(unicodeScalars.filter { $0.value != 0 })) : self
    }

    /// As `utf8.contains(0)`, which takes the bytes one by one.
    private var hasNUL: Bool {
        utf8.withContiguousStorageIfAvailable { bytes in
            bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
        } ?? utf8.contains(0)
    }

    /// The last `limit` bytes, from a whole character on.
    func suffix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let start = utf8.index(endIndex, offsetBy: -limit)
        return String(decoding: utf8[start...].drop { $0 & 0xC0 == 0x80 }, as: UTF8.self)
    }

    /// Without control characters, which would move a terminal's cursor.
    var withoutControls: String {
        String(
            String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        )
    }

    /// As much as is kept of a message: its end, where the gate is.
    var keptOfMessage: String { withoutNUL.suffix(bytes: 1 << 20) }
}
