/// How amounts, times and texts are written for people, without a formatter library: the same in every locale.
extension Duration {
    /// Three significant parts at most: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`.
    package var formatted: String {
        let seconds = milliseconds / 1000
        if milliseconds < 10_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \((seconds % 60).padded(to: 2)) s" }
        return "\(seconds / 3600) h \((seconds % 3600 / 60).padded(to: 2)) min"
    }
}

extension Double {
    /// Without a fraction where there is none: `2`, `1.5`.
    package var formatted: String {
        Int(exactly: self).map { "\($0)" } ?? "\(self)"
    }
}

extension USD {
    /// Dollars and cents, with more digits below a cent: `$1.20`, `$0.0042`.
    package var formatted: String {
        let whole = microdollars / 1_000_000
        let fraction = (microdollars % 1_000_000).padded(to: 6)
        return microdollars > 0 && microdollars < 10_000
            ? "$\(whole).\(fraction.prefix(4))" : "$\(whole).\(fraction.prefix(2))"
    }
}

extension Timestamp {
    /// As `2026-03-01 14:05 UTC`.
    package var formattedUTC: String {
        let parts = calendarParts
        return "\(parts.date) \(parts.hour.padded(to: 2)):\(parts.minute.padded(to: 2)) UTC"
    }

    /// As `2026-03-01T14:05:09Z`, for JSON.
    package var iso8601: String {
        let parts = calendarParts
        let time = [parts.hour, parts.minute, parts.second].map { $0.padded(to: 2) }.joined(separator: ":")
        return "\(parts.date)T\(time)Z"
    }

    /// Proleptic Gregorian calendar; the algorithm is Howard Hinnant's `civil_from_days`.
    private var calendarParts: (date: String, hour: Int64, minute: Int64, second: Int64) {
        let seconds = millisecondsSince1970.flooringDivision(by: 1000)
        let days = seconds.flooringDivision(by: 86_400)
        let secondOfDay = seconds - days * 86_400
        let shifted = days + 719_468
        let era = shifted.flooringDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))"
        return (date, secondOfDay / 3600, secondOfDay % 3600 / 60, secondOfDay % 60)
    }
}

extension BinaryInteger {
    fileprivate func padded(to width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func flooringDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension String {
    /// The first line that is not blank, cut at `limit` characters.
    ///
    /// Looks at bytes, and at no more of them than needed: texts of agents are long.
    package func firstLine(upTo limit: Int) -> String {
        guard let first = utf8.firstIndex(where: { !$0.isBlank }) else { return "" }
        let start = utf8[..<first].lastIndex(where: \.isLineEnd).map { utf8.index(after: $0) } ?? startIndex
        let rest = utf8[start...]
        // Bytes are characters as long as they are ASCII, and then the line's end need not be looked for far away.
        guard let stop = rest.prefix(limit + 1).firstIndex(where: { $0.isLineEnd || $0 >= 0x80 }) else {
            return rest.count > limit ? String(Substring(rest.prefix(limit - 1))) + "…" : String(Substring(rest))
        }
        if rest[stop] < 0x80 { return String(Substring(rest[..<stop])) }
        let end = rest[stop...].firstIndex(where: \.isLineEnd) ?? rest.endIndex
        return Substring(rest[..<end]).cut(at: limit)
    }

    /// The last line that is not blank, cut at `limit` characters.
    package func lastLine(upTo limit: Int) -> String {
        var rest = utf8[...]
        while !rest.isEmpty {
            let start = rest.lastIndex(where: \.isLineEnd).map { rest.index(after: $0) } ?? rest.startIndex
            if !rest[start...].allSatisfy(\.isBlank) { return Substring(rest[start...]).cut(at: limit) }
            rest = rest[..<start].dropLast()
        }
        return ""
    }
}

extension Substring {
    fileprivate func cut(at limit: Int) -> String {
        guard utf8.count > limit else { return String(self) }
        let head = prefix(limit + 1)
        return head.count > limit ? head.prefix(limit - 1) + "…" : String(self)
    }
}

extension UInt8 {
    fileprivate var isLineEnd: Bool { (0x0A...0x0D).contains(self) }
    fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

extension String {
    /// A stable word that programs read, as `same_error`, in the form in which people read it.
    package var spokenCode: String { String(map { $0 == "_" ? " " : $0 }) }
}

extension [String] {
    /// As `a, b and 3 more`.
    package func listed(atMost limit: Int) -> String {
        let shown = prefix(limit).joined(separator: ", ")
        return count > limit ? "\(shown) and \(count - limit) more" : shown
    }
}
