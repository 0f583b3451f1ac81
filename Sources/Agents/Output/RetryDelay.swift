/// Finds out how long a service asks to wait, from the words in which it says so.
///
/// Understood: `try again in 3 hours 5 minutes`, `try again in 1.2s`, `try again in 6m0s`, `retry after 20 seconds`,
/// `Retry-After: 30`. Never a guess: `nil` where no number is stated.
enum RetryDelay {
    static func stated(in text: String) -> Duration? {
        let line = text.prefix(2000).lowercased()
        for marker in markers {
            guard let start = line.firstRange(of: marker.words)?.upperBound else { continue }
            if let delay = delay(line[start...].prefix(80), defaultUnit: marker.unit) { return delay }
        }
        return nil
    }

    /// What stands before the time, and the milliseconds of a number without a unit.
    private static let markers: [(words: String, unit: Double?)] = [
        ("again in ", nil), ("retry in ", nil), ("resets in ", nil), ("reset in ", nil), ("retry after ", nil),
        ("retry-after: ", 1000), ("retry-after ", 1000),
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
