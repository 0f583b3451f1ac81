/// The offsets from UTC of one time zone, from a TZif file (RFC 9636).
///
/// The rule for years beyond the table is not read: Debian's tables reach to 2037.
struct ZoneRules: Hashable, Sendable {
    private let transitions: [Int64]
    private let offsets: [Int64]
    private let firstOffset: Int64

    static let utc = ZoneRules(transitions: [], offsets: [], firstOffset: 0)

    private init(transitions: [Int64], offsets: [Int64], firstOffset: Int64) {
        self.transitions = transitions
        self.offsets = offsets
        self.firstOffset = firstOffset
    }

    /// Returns `nil` for anything that is not a complete TZif file.
    init?(tzif bytes: [UInt8]) {
        var reader = BigEndianReader(bytes)
        guard let legacy = TZifHeader(&reader) else { return nil }
        var header = legacy
        // From version 2 on the same table follows a second time, with 8-byte times.
        let isModern = legacy.version >= UInt8(ascii: "2")
        if isModern {
            reader.skip(legacy.dataLength(timeSize: 4))
            guard let second = TZifHeader(&reader) else { return nil }
            header = second
        }
        let timeSize = isModern ? 8 : 4
        guard header.typeCount > 0, reader.remaining >= header.dataLength(timeSize: timeSize) else { return nil }
        let times = (0..<header.timeCount).map { _ in reader.integer(size: timeSize) }
        let indices = (0..<header.timeCount).map { _ in Int(reader.integer(size: 1)) }
        let types = (0..<header.typeCount)
            .map { _ in
                let offset = Int64(Int32(truncatingIfNeeded: reader.integer(size: 4)))
                reader.skip(2)
                return offset
            }
        guard indices.allSatisfy({ $0 < types.count }) else { return nil }
        self.init(transitions: times, offsets: indices.map { types[$0] }, firstOffset: types[0])
    }

    /// Seconds to add to UTC at `time` (seconds since 1970).
    func offset(at time: Int64) -> Int64 {
        guard let last = transitions.lastIndex(where: { $0 <= time }) else { return firstOffset }
        return offsets[last]
    }

    /// The time (seconds since 1970) at which clocks of the zone show `local` (counted as if it were UTC).
    func time(ofLocal local: Int64) -> Int64 {
        let guess = local - offset(at: local)
        return local - offset(at: guess)
    }
}

private struct TZifHeader {
    let version: UInt8
    let timeCount: Int
    let typeCount: Int
    private let abbreviationBytes: Int
    private let leapCount: Int
    private let standardCount: Int
    private let utcCount: Int

    /// Takes a header from `reader`; `nil` where there is none.
    init?(_ reader: inout BigEndianReader) {
        guard reader.remaining >= 44, reader.integer(size: 4) == 0x545A_6966 else { return nil }
        version = UInt8(truncatingIfNeeded: reader.integer(size: 1))
        reader.skip(15)
        let counts = (0..<6).map { _ in Int(reader.integer(size: 4)) }
        // Larger counts than any file has; keeps the sums below from overflowing.
        guard counts.allSatisfy({ (0..<100_000).contains($0) }) else { return nil }
        utcCount = counts[0]
        standardCount = counts[1]
        leapCount = counts[2]
        timeCount = counts[3]
        typeCount = counts[4]
        abbreviationBytes = counts[5]
    }

    func dataLength(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + abbreviationBytes + leapCount * (timeSize + 4) + standardCount
            + utcCount
    }
}

private struct BigEndianReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var remaining: Int { max(0, bytes.count - position) }

    mutating func skip(_ count: Int) {
        position += count
    }

    /// Takes `size` bytes, 8 at most; bytes beyond the end count as zero.
    mutating func integer(size: Int) -> Int64 {
        defer { position += size }
        return (0..<size)
            .reduce(0) { value, index in
                let byte = position + index < bytes.count ? bytes[position + index] : 0
                return value << 8 | Int64(byte)
            }
    }
}
