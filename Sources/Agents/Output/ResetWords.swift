/// The parts of a sentence that state a time.
struct ResetWords {
    enum CalendarDate {
        case full(year: Int, month: Int, day: Int)
        case monthAndDay(month: Int, day: Int)
    }

    /// Seconds since 1970, after a bar.
    private(set) var epoch: Int64?
    /// Seconds since midnight.
    private(set) var clock: Int64?
    private(set) var zone: String?
    /// Seconds that the clock is ahead of UTC, where the time is an ISO 8601 one that says so.
    private(set) var offset: Int64?
    private(set) var date: CalendarDate?

    init(_ text: String) {
        let line = String(text.prefix(2000).map { $0.isNewline ? " " : $0 })
        epoch = Self.epoch(afterBarIn: line[...])
        // As many characters, so that places in the one are places in the other.
        let folded = String(line.map { $0.isASCII ? Character($0.lowercased()) : $0 })
        guard let start = Self.markers.compactMap({ folded.firstRange(of: $0)?.upperBound }).min() else { return }
        let rest = line.dropFirst(folded.distance(from: folded.startIndex, to: start))
        read(rest.prefix(80).split { $0 == " " || $0 == "," }.map(String.init))
    }

    private static let markers = [" resets ", " reset at ", "again at ", "again after ", "access on ", "access at "]
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    private mutating func read(_ words: [String]) {
        var month: Int?
        for (index, word) in words.enumerated() {
            // The next sentence may be about anything.
            if clock != nil, index > 0, words[index - 1].hasSuffix(".") { return }
            let before = month
            month = nil
            let bare = word.trimming(".()").lowercased()
            let next = index + 1 < words.count ? words[index + 1].trimming(".").lowercased() : ""
            if clock == nil, let time = Self.clock(bare, next: next) {
                clock = time
            } else if clock == nil, readISO(bare) {
                continue
            } else if let full = Self.fullDate(bare) {
                date = full
            } else if bare.count >= 3, let number = Self.months.firstIndex(where: { $0.hasPrefix(bare) }) {
                month = number + 1
            } else if let named = before, let day = Int(bare.filter(\.isNumber)), (1...31).contains(day) {
                date = .monthAndDay(month: named, day: day)
            } else if let dated = Self.adding(Int(bare), to: date) {
                date = dated
            } else if clock != nil, word.hasPrefix("(") || bare == "utc" || bare == "gmt" {
                zone = zone ?? word.trimming(".()")
            }
        }
    }

    /// `date` with the year that stands after it.
    private static func adding(_ year: Int?, to date: CalendarDate?) -> CalendarDate? {
        guard let year, (2000...2200).contains(year), let date else { return nil }
        guard case .monthAndDay(let month, let day) = date else { return nil }
        return .full(year: year, month: month, day: day)
    }

    /// Reads `2026-12-01t05:00:00z`, in lower case, also with a fraction, an offset, or nothing at the end.
    private mutating func readISO(_ word: String) -> Bool {
        let halves = word.split(separator: "t", omittingEmptySubsequences: false)
        guard halves.count == 2, let day = Self.fullDate(String(halves[0])) else { return false }
        let digits = halves[1].prefix { $0.isNumber || $0 == ":" }
        let rest = halves[1].dropFirst(digits.count).drop { $0 == "." || $0.isNumber }
        guard digits.contains(":"), let time = Self.clock(String(digits), next: "") else { return false }
        guard rest.isEmpty || rest == "z" || Self.offset(rest) != nil else { return false }
        date = day
        clock = time
        offset = rest == "z" ? 0 : Self.offset(rest)
        return true
    }

    /// Reads `+02:00`.
    private static func offset(_ text: Substring) -> Int64? {
        guard let sign = text.first, sign == "+" || sign == "-", text.count == 6 else { return nil }
        guard let ahead = clock(String(text.dropFirst()), next: "") else { return nil }
        return sign == "-" ? -ahead : ahead
    }

    /// Reads `5pm`, `3:50pm`, `12:16` followed by `PM`, `00:00` and `00:00:00`.
    private static func clock(_ word: String, next: String) -> Int64? {
        var digits = word
        var half: String?
        for suffix in ["am", "pm"] where digits.hasSuffix(suffix) {
            digits.removeLast(2)
            half = suffix
        }
        if half == nil, ["am", "pm"].contains(next) { half = next }
        guard half != nil || digits.contains(":") else { return nil }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int64($0) }
        guard (1...3).contains(parts.count), numbers.count == parts.count, var hour = numbers.first else { return nil }
        guard numbers.dropFirst().allSatisfy({ (0...59).contains($0) }) else { return nil }
        if let half {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "pm" ? 12 : 0)
        }
        guard (0...23).contains(hour) else { return nil }
        return zip([hour] + numbers.dropFirst(), [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private static func fullDate(_ word: String) -> CalendarDate? {
        let parts = word.split(separator: "-").map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
        guard (2000...2200).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        return .full(year: year, month: month, day: day)
    }

    private static func epoch(afterBarIn line: Substring) -> Int64? {
        line.split(separator: "|", omittingEmptySubsequences: false)
            .dropFirst()
            .lazy
            .map { $0.prefix { $0.isASCII && $0.isNumber } }
            .first { $0.count == 10 }
            .flatMap { Int64($0) }
    }
}

extension String {
    fileprivate func trimming(_ characters: String) -> String {
        let start = drop { characters.contains($0) }
        return String(start.reversed().drop { characters.contains($0) }.reversed())
    }
}
