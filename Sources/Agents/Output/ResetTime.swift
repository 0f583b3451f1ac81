import Domain

/// Finds out when an allowance is restored, from the words in which agents say it.
///
/// Never a guess: `nil` where no time is stated, or one that is past.
///
/// Understood: `limit reached|1762952400`, `resets 5pm (Europe/Vilnius)`, `resets Apr 23 at 4pm (America/Recife)`,
/// `try again at 12:16 PM`, `regain access on 2026-12-01 at 00:00 UTC`. A clock time without a zone is the machine's.
struct ResetTime {
    let endedAt: Timestamp
    let zones: TimeZoneDirectory

    /// A time that was said so shortly before is the present one, not tomorrow's: minutes are not always printed.
    private static let grace: Int64 = 300
    private static let secondsPerDay: Int64 = 86_400

    func stated(in text: String) -> Timestamp? {
        let words = ResetWords(text)
        if let epoch = words.epoch { return future(epoch) }
        guard let clock = words.clock else { return nil }
        guard let rules = words.zone.map({ zones.rules(for: $0) }) ?? zones.localRules else { return nil }
        switch words.date {
        case .some(.full(let year, let month, let day)):
            return future(rules.time(ofLocal: Self.days(year, month, day) * Self.secondsPerDay + clock))
        case .some(.monthAndDay(let month, let day)):
            return future(nextOccurrence(month: month, day: day, clock: clock, rules: rules))
        case nil:
            return future(nextOccurrence(clock: clock, rules: rules))
        }
    }

    /// `epoch`, unless it is past.
    func future(_ epoch: Int64) -> Timestamp? {
        // Ten years: what lies beyond is not a time but a number that was taken for one.
        guard epoch > now, epoch < now + 3650 * Self.secondsPerDay else { return nil }
        return Timestamp(millisecondsSince1970: epoch * 1000)
    }

    private var now: Int64 { endedAt.millisecondsSince1970 / 1000 }

    private func nextOccurrence(clock: Int64, rules: ZoneRules) -> Int64 {
        let localNow = now + rules.offset(at: now)
        let midnight = localNow - localNow % Self.secondsPerDay
        let today = rules.time(ofLocal: midnight + clock)
        return today > now - Self.grace ? today : rules.time(ofLocal: midnight + Self.secondsPerDay + clock)
    }

    private func nextOccurrence(month: Int, day: Int, clock: Int64, rules: ZoneRules) -> Int64 {
        let year = Self.year(ofDay: (now + rules.offset(at: now)) / Self.secondsPerDay)
        let thisYear = rules.time(ofLocal: Self.days(year, month, day) * Self.secondsPerDay + clock)
        guard thisYear <= now - Self.grace else { return thisYear }
        return rules.time(ofLocal: Self.days(year + 1, month, day) * Self.secondsPerDay + clock)
    }

    /// Days from 1970-01-01 to a date; the algorithm is Howard Hinnant's `days_from_civil`.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func year(ofDay day: Int64) -> Int {
        var year = 1970 + Int(day / 366)
        while days(year + 1, 1, 1) <= day { year += 1 }
        return year
    }
}

/// The parts of a sentence that state a time.
private struct ResetWords {
    enum CalendarDate {
        case full(year: Int, month: Int, day: Int)
        case monthAndDay(month: Int, day: Int)
    }

    /// Seconds since 1970, after a bar.
    var epoch: Int64?
    /// Seconds since midnight.
    var clock: Int64?
    var zone: String?
    var date: CalendarDate?

    init(_ text: String) {
        let line = text.prefix(2000)
        epoch = Self.epoch(afterBarIn: line)
        guard let start = Self.markers.compactMap({ line.firstRange(of: $0)?.upperBound }).min() else { return }
        let words = line[start...].prefix(80).split { $0 == " " || $0 == "," || $0.isNewline }.map(String.init)
        read(words)
    }

    private static let markers = [" resets ", " reset at ", "again at ", "access on ", "access at "]
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private mutating func read(_ words: [String]) {
        var month: Int?
        for (index, word) in words.enumerated() {
            let bare = word.trimming(".()").lowercased()
            let next = index + 1 < words.count ? words[index + 1].trimming(".").lowercased() : ""
            if clock == nil, let time = Self.clock(bare, next: next) {
                clock = time
            } else if let full = Self.fullDate(bare) {
                date = full
            } else if bare.count >= 3, let number = Self.months.firstIndex(of: String(bare.prefix(3))) {
                month = number + 1
            } else if let named = month, let day = Int(bare.filter(\.isNumber)), (1...31).contains(day) {
                date = .monthAndDay(month: named, day: day)
                month = nil
            } else if clock != nil, word.hasPrefix("(") || bare == "utc" || bare == "gmt" {
                zone = zone ?? word.trimming(".()")
            }
        }
    }

    /// Reads `5pm`, `3:50pm`, `12:16` followed by `PM`, and `00:00`.
    private static func clock(_ word: String, next: String) -> Int64? {
        var digits = word
        var half: String?
        for suffix in ["am", "pm"] where digits.hasSuffix(suffix) {
            digits.removeLast(2)
            half = suffix
        }
        if half == nil, ["am", "pm"].contains(next) { half = next }
        guard half != nil || digits.contains(":") else { return nil }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count <= 2, let first = parts.first, var hour = first else { return nil }
        guard let minute = parts.count == 2 ? parts[1] : 0, (0...59).contains(minute) else { return nil }
        if let half {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "pm" ? 12 : 0)
        }
        guard (0...23).contains(hour) else { return nil }
        return hour * 3600 + minute * 60
    }

    private static func fullDate(_ word: String) -> CalendarDate? {
        let parts = word.split(separator: "-").map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
        guard (2000...2200).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        return .full(year: year, month: month, day: day)
    }

    private static func epoch(afterBarIn line: Substring) -> Int64? {
        guard let bar = line.firstRange(of: "limit reached|") else { return nil }
        let digits = line[bar.upperBound...].prefix { $0.isASCII && $0.isNumber }
        return digits.count == 10 ? Int64(digits) : nil
    }
}

extension String {
    fileprivate func trimming(_ characters: String) -> String {
        let start = drop { characters.contains($0) }
        return String(start.reversed().drop { characters.contains($0) }.reversed())
    }
}
