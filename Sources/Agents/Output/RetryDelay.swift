import Domain

/// Finds out how long a service asks to wait, from the words in which it says so.
///
/// Understood: `try again in 3 hours 5 minutes`, `try again in 1.2s`, `try again in 6m0s`, `retry after 20 seconds`,
/// `Retry-After: 30`, `Retry-After: Sun, 29 Nov 2026 13:00:00 GMT`. Never a guess: `nil` where no time is stated, or one that
/// is past.
enum RetryDelay {
    /// `now` is when it was said.
    static func stated(in text: String, at now: Timestamp) -> Duration? {
        switch words(in: text) {
        case .delay(let delay): delay
        case .date(let date): date > now && date - now < .milliseconds(Int64(longest)) ? date - now : nil
        case nil: nil
        }
    }

    /// The time that a header states as a date.
    static func date(in text: String) -> Timestamp? {
        guard case .date(let date) = words(in: text) else { return nil }
        return date
    }

    static func isStated(in text: String) -> Bool { words(in: text) != nil }

    private enum Words {
        case delay(Duration)
        case date(Timestamp)
    }

    private static func words(in text: String) -> Words? {
        let line = text.prefix(2000).lowercased()
        for marker in markers {
            guard let start = line.firstRange(of: marker.words)?.upperBound else { continue }
            let rest = line[start...].prefix(80)
            if let delay = delay(rest, defaultUnit: marker.unit) { return .delay(delay) }
            if marker.isHeader, let date = HTTPDate.leading(rest) { return .date(date) }
        }
        return nil
    }

    /// What stands before the time, the milliseconds of a number without a unit, and whether a date may stand there.
    private static let markers: [(words: String, unit: Double?, isHeader: Bool)] = [
        ("again in ", nil, false), ("retry in ", nil, false), ("resets in ", nil, false), ("reset in ", nil, false),
        ("retry after ", nil, true), ("retry-after: ", second, true), ("retry-after ", second, true),
        // Headers that were printed as JSON, or as Python does.
        ("retry-after\": \"", second, true), ("retry-after\":\"", second, true), ("retry-after': '", second, true),
    ]

    private static let second = 1000.0
    private static let units: [(names: Set<String>, milliseconds: Double)] = [
        (["ms", "millisecond", "milliseconds"], 1),
        (["s", "sec", "secs", "second", "seconds"], second),
        (["m", "min", "mins", "minute", "minutes"], 60 * second),
        (["h", "hr", "hrs", "hour", "hours"], 3600 * second),
        (["d", "day", "days"], 86_400 * second),
    ]

    /// Ten years: what is longer is not a time but a number that was taken for one.
    private static let longest = 3650 * 86_400 * second

    /// The sum of the numbers with units that `text` begins with.
    private static func delay(_ text: Substring, defaultUnit: Double?) -> Duration? {
        var rest = text
        var total: Double?
        while let (number, afterNumber) = number(rest) {
            let name = afterNumber.drop { $0 == " " }.prefix { $0.isLetter }
            let unit = units.first { $0.names.contains(String(name)) }?.milliseconds
            guard let unit else {
                // A clock time or a date is no number of seconds.
                let isPart = afterNumber.first.map { $0.isLetter || ":-/".contains($0) } ?? false
                total = total ?? (isPart ? nil : defaultUnit.map { number * $0 })
                break
            }
            total = (total ?? 0) + number * unit
            rest = afterNumber.drop { $0 == " " }.dropFirst(name.count)
            rest = rest.drop { $0 == " " || $0 == "," }
            if rest.hasPrefix("and ") { rest = rest.dropFirst(4) }
        }
        guard let total, total > 0, total < longest else { return nil }
        return .milliseconds(Int64(total.rounded(.up)))
    }

    private static func number(_ text: Substring) -> (Double, rest: Substring)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard digits.first?.isNumber == true else { return nil }
        let bare = digits.last == "." ? digits.dropLast() : digits
        guard let number = Double(bare), number < 1e12 else { return nil }
        return (number, text.dropFirst(bare.count))
    }
}
