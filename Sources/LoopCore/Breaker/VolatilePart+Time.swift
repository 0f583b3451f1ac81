/// Times of the day, dates and durations.
extension VolatilePart {
    /// `2026-02-01T10:11:01.123Z`, `2026/02/01`, `10:11:01,5`, `10:11`.
    static func time(at start: Int, in text: [UInt8]) -> VolatilePart? {
        var end = start
        if let dateEnd = isoDate(at: start, in: text) {
            end = dateEnd
            let separator = text.byte(at: end)
            if separator == 0x20 || separator.map({ $0 | 0x20 }) == UInt8(ascii: "t"),
                let clockEnd = clock(at: end + 1, in: text)
            {
                end = clockEnd
            }
        } else if let clockEnd = clock(at: start, in: text) {
            end = clockEnd
        } else {
            return dayAndMonth(at: start, in: text)
        }
        return VolatilePart(length: end - start, replacement: "<time>")
    }

    private static func isoDate(at start: Int, in text: [UInt8]) -> Int? {
        guard let separator = text.byte(at: start + 4), separator == 0x2D || separator == 0x2F,
            text.byte(at: start + 7) == separator, text.isDigits(start, 4), text.isDigits(start + 5, 2),
            text.isDigits(start + 8, 2), text.byte(at: start + 10)?.isDigit != true
        else { return nil }
        return start + 10
    }

    /// Hours and minutes, with or without seconds, their fraction, the half of the day and the zone.
    private static func clock(at start: Int, in text: [UInt8]) -> Int? {
        var end = text.endOfDigits(from: start)
        guard (1...2).contains(end - start), text.byte(at: end) == UInt8(ascii: ":"), text.isDigits(end + 1, 2),
            text.byte(at: end + 3)?.isDigit != true
        else { return nil }
        end += 3
        if text.byte(at: end) == UInt8(ascii: ":"), text.isDigits(end + 1, 2) {
            end += 3
            if let mark = text.byte(at: end), mark == 0x2E || mark == 0x2C { end = fraction(at: end, in: text) }
        }
        return zone(at: end, in: text)
    }

    private static func fraction(at mark: Int, in text: [UInt8]) -> Int {
        let end = text.endOfDigits(from: mark + 1)
        return end > mark + 1 ? end : mark
    }

    private static func zone(at start: Int, in text: [UInt8]) -> Int {
        guard let byte = text.byte(at: start) else { return start }
        if byte == UInt8(ascii: "Z") { return start + 1 }
        if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") {
            guard text.isDigits(start + 1, 2) else { return start }
            let minutes = text.byte(at: start + 3) == UInt8(ascii: ":") ? start + 4 : start + 3
            return text.isDigits(minutes, 2) ? minutes + 2 : start + 3
        }
        let wordStart = byte == 0x20 ? start + 1 : start
        guard ["am", "pm", "utc", "gmt"].contains(text.word(from: wordStart)) else { return start }
        let wordEnd = text.endOfWord(from: wordStart)
        let yearEnd = text.endOfDigits(from: wordEnd + 1)
        return text.byte(at: wordEnd) == 0x20 && yearEnd - wordEnd == 5 ? yearEnd : wordEnd
    }

    /// `Sun, 1 Feb 2026`, `Feb  1`, `Feb 1, 2026`.
    ///
    /// A clock that follows is taken by itself.
    static func calendarDate(at start: Int, in text: [UInt8]) -> VolatilePart? {
        var monthStart = start
        if days.contains(text.word(from: start)) {
            monthStart = text.end(from: text.endOfWord(from: start)) { $0 == 0x20 || $0 == UInt8(ascii: ",") }
            if let date = dayAndMonth(at: monthStart, in: text) {
                return VolatilePart(length: monthStart + date.length - start, replacement: "<time>")
            }
        }
        guard months.contains(text.word(from: monthStart)) else { return nil }
        let dayStart = text.end(from: text.endOfWord(from: monthStart)) { $0 == 0x20 }
        let dayEnd = text.endOfDigits(from: dayStart)
        guard (1...2).contains(dayEnd - dayStart), text.isBoundary(dayEnd), text.byte(at: dayEnd) != UInt8(ascii: ":")
        else { return nil }
        return VolatilePart(length: endOfYear(after: dayEnd, in: text) - start, replacement: "<time>")
    }

    /// `1 Feb 2026`.
    private static func dayAndMonth(at start: Int, in text: [UInt8]) -> VolatilePart? {
        let dayEnd = text.endOfDigits(from: start)
        guard (1...2).contains(dayEnd - start), text.byte(at: dayEnd) == 0x20,
            months.contains(text.word(from: dayEnd + 1))
        else { return nil }
        let monthEnd = text.endOfWord(from: dayEnd + 1)
        return VolatilePart(length: endOfYear(after: monthEnd, in: text) - start, replacement: "<time>")
    }

    private static func endOfYear(after end: Int, in text: [UInt8]) -> Int {
        let start = text.end(from: end) { $0 == 0x20 || $0 == UInt8(ascii: ",") }
        let yearEnd = text.endOfDigits(from: start)
        return start > end && yearEnd - start == 4 && text.byte(at: yearEnd) != UInt8(ascii: ":") ? yearEnd : end
    }

    /// `12.1s`, `12 ms`, `3 minutes`, `1m2s`.
    static func duration(at start: Int, in text: [UInt8]) -> VolatilePart? {
        guard start == 0 || text[start - 1] != UInt8(ascii: ".") else { return nil }
        var end = text.endOfDigits(from: start)
        if text.byte(at: end) == UInt8(ascii: ".") { end = fraction(at: end, in: text) }
        let unitStart = text.byte(at: end) == 0x20 ? end + 1 : end
        // The micro sign is the only unit's letter outside of ASCII.
        let unitEnd = text.end(from: unitStart) { $0.isLetter || $0 >= 0x80 }
        let unit = String(decoding: text[unitStart..<unitEnd], as: UTF8.self)
        guard unitStart == end ? units.contains(unit) : spacedUnits.contains(unit) else { return nil }
        guard text.isBoundary(unitEnd) || text.byte(at: unitEnd)?.isDigit == true else { return nil }
        if text.byte(at: unitEnd)?.isDigit == true, let rest = duration(at: unitEnd, in: text) {
            return VolatilePart(length: unitEnd + rest.length - start, replacement: "<duration>")
        }
        return text.isBoundary(unitEnd) ? VolatilePart(length: unitEnd - start, replacement: "<duration>") : nil
    }

    private static let spacedUnits: Set = [
        "ns", "us", "µs", "μs", "ms", "s", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "hr",
        "hrs", "hour", "hours", "milliseconds", "microseconds",
    ]
    private static let units = spacedUnits.union(["m", "h", "d"])
    private static let months: Set = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let days: Set = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
}

extension [UInt8] {
    /// Whether there are `length` digits from `start` on.
    func isDigits(_ start: Int, _ length: Int) -> Bool {
        start + length <= count && self[start..<start + length].allSatisfy(\.isDigit)
    }
}
