import Domain

/// Finds out when an allowance is restored, from the words in which agents say it.
///
/// Never a guess: `nil` where no time is stated, or one that is past or too far away to be believed.
///
/// Understood: `limit reached|1762952400`, `resets 5pm (Europe/Vilnius)`, `resets Apr 23 at 4pm (America/Recife)`,
/// `try again at 12:16 PM`, `try again at Nov 25th, 2026 9:05 AM`, `regain access on 2026-12-01 at 00:00 UTC`,
/// `resets at 2026-12-01T00:00:00Z`, `try again in 3 hours 5 minutes`,
/// `Retry-After: Sun, 29 Nov 2026 13:00:00 GMT`. A clock time without a zone is the machine's.
struct ResetTime {
    let endedAt: Timestamp
    let zones: TimeZoneDirectory

    /// A time that was said so shortly before is the present one, not tomorrow's: minutes are not always printed.
    private static let grace: Int64 = 300
    private static let secondsPerDay: Int64 = 86_400

    /// No allowance is known that lasts longer than a week.
    private static let longest = 8 * secondsPerDay
    /// For a date with its year, which nobody states by accident: allowances of a month end so.
    private static let longestToDate = 32 * secondsPerDay

    func stated(in text: String) -> Timestamp? {
        let words = ResetWords(text)
        if let epoch = words.epoch { return future(epoch) }
        if let date = RetryDelay.date(in: text) {
            return future(date.millisecondsSince1970 / 1000, within: Self.longestToDate)
        }
        if let delay = RetryDelay.stated(in: text, at: endedAt) {
            return delay <= .seconds(Self.longest) ? endedAt + delay : nil
        }
        guard let clock = words.clock else { return nil }
        if let date = words.date, case .full(let year, let month, let day) = date, let offset = words.offset {
            return future(
                Timestamp.days(to: year, month, day) * Self.secondsPerDay + clock - offset,
                within: Self.longestToDate
            )
        }
        guard let rules = words.zone.map({ zones.rules(for: $0) }) ?? zones.localRules else { return nil }
        switch words.date {
        case .some(.full(let year, let month, let day)):
            let local = Timestamp.days(to: year, month, day) * Self.secondsPerDay + clock
            return future(rules.time(ofLocal: local), within: Self.longestToDate)
        case .some(.monthAndDay(let month, let day)):
            return future(nextOccurrence(month: month, day: day, clock: clock, rules: rules))
        case nil:
            return future(nextOccurrence(clock: clock, rules: rules))
        }
    }

    /// `epoch`, unless it is past, or later than an allowance lasts.
    func future(_ epoch: Int64) -> Timestamp? {
        future(epoch, within: Self.longest)
    }

    private func future(_ epoch: Int64, within longest: Int64) -> Timestamp? {
        guard epoch > now, epoch <= now + longest else { return nil }
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
        let thisYear = rules.time(ofLocal: Timestamp.days(to: year, month, day) * Self.secondsPerDay + clock)
        guard thisYear <= now - Self.grace else { return thisYear }
        return rules.time(ofLocal: Timestamp.days(to: year + 1, month, day) * Self.secondsPerDay + clock)
    }

    private static func year(ofDay day: Int64) -> Int {
        var year = 1970 + Int(day / 366)
        while Timestamp.days(to: year + 1, 1, 1) <= day { year += 1 }
        return year
    }
}
