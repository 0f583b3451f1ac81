import Domain

/// Times as people write them: `90s`, `15m`, `1h30m`, `2d`, or a number of seconds.
enum DurationText {
    /// A hundred years: longer is a mistake, and sums stay far from overflow.
    private static let longest: Int64 = 100 * 366 * 86_400

    static func duration(_ raw: JSONValue) -> Duration? {
        switch raw {
        case .integer(let seconds):
            (0...longest).contains(seconds) ? .seconds(seconds) : nil
        case .number(let seconds):
            seconds >= 0 && seconds <= Double(longest) ? .milliseconds(Int64((seconds * 1000).rounded())) : nil
        case .string(let text): parse(text)
        case .null, .bool, .array, .object: nil
        }
    }

    /// Units come once each, the larger ones first.
    private static func parse(_ text: String) -> Duration? {
        var seconds: Int64 = 0
        var rest = text[...]
        var smallestUnit = Int64.max
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let count = Int64(digits), let letter = rest.popFirst(), let unit = unit(letter),
                unit < smallestUnit
            else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: unit)
            guard !overflows, product <= longest, seconds + product <= longest else { return nil }
            seconds += product
            smallestUnit = unit
        }
        return smallestUnit == .max ? nil : .seconds(seconds)
    }

    private static func unit(_ letter: Character) -> Int64? {
        switch letter {
        case "s": 1
        case "m": 60
        case "h": 3600
        case "d": 86_400
        default: nil
        }
    }

    /// As it can be written in a file: `1h30m`, `90.5s`.
    static func text(of duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        guard milliseconds % 1000 == 0 else { return "\(Double(milliseconds) / 1000)s" }
        var rest = milliseconds / 1000
        guard rest > 0 else { return "0s" }
        var text = ""
        for (unit, letter) in [(3600, "h"), (60, "m"), (1, "s")] as [(Int64, String)] where rest >= unit {
            text += "\(rest / unit)\(letter)"
            rest %= unit
        }
        return text
    }
}
