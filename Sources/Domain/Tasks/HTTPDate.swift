/// Reads the dates of HTTP headers, as RFC 9110 (5.6.7) has them.
///
/// `Sun, 29 Nov 2026 13:00:00 GMT`, and the two obsolete forms, `Sunday, 29-Nov-26 13:00:00 GMT` and
/// `Sun Nov 29 13:00:00 2026`. Whether letters are large or small does not matter, nor whether the weekday is the right
/// one. Two digits of a year are one from 1970 to 2069.
package enum HTTPDate {
    /// The time that `text` begins with; what comes after it is not looked at.
    package static func leading(_ text: some StringProtocol) -> Timestamp? {
        var words: [Substring] = text.prefix(longest).lowercased().split(separator: " ")
        guard let weekday = words.first, weekdays.contains(where: { isName(weekday, of: $0) }) else { return nil }
        words.removeFirst()
        if weekday.hasSuffix(",") { return time(afterComma: words) }
        guard words.count >= 4, let year = number(leading: words[3], digits: 4...4) else { return nil }
        return time(year: year, month: words[0], day: words[1], clock: words[2])
    }

    private static let longest = 48
    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private static func isName(_ word: Substring, of weekday: String) -> Bool {
        word == weekday.prefix(3) || word == "\(weekday.prefix(3))," || word == "\(weekday),"
    }

    private static func time(afterComma words: [Substring]) -> Timestamp? {
        let parts = words.first?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        let words = parts.count == 3 ? parts + words.dropFirst() : words
        guard words.count >= 5, isGMT(words[4]) else { return nil }
        if let year = number(words[2], digits: 4...4) {
            return time(year: year, month: words[1], day: words[0], clock: words[3])
        }
        guard parts.count == 3, let year = number(words[2], digits: 2...2) else { return nil }
        return time(year: year + (year < 70 ? 2000 : 1900), month: words[1], day: words[0], clock: words[3])
    }

    /// What stands behind the zone may follow it without a blank, as the end of a sentence does.
    private static func isGMT(_ word: Substring) -> Bool {
        word.hasPrefix("gmt")
            && word.dropFirst(3).first.map { !$0.isLetter && !$0.isNumber && !"+-".contains($0) } ?? true
    }

    private static func time(year: Int, month: Substring, day: Substring, clock: Substring) -> Timestamp? {
        guard let month = months.firstIndex(where: { $0 == month }).map({ $0 + 1 }),
            let day = number(day, digits: 1...2), (1...length(ofMonth: month, year)).contains(day)
        else { return nil }
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { number($0, digits: 2...2) }
        guard parts.count == 3, numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] <= 60 else {
            return nil
        }
        let days = Timestamp.days(to: year, month, day)
        // A leap second is the one after it.
        let seconds = days * 86_400 + Int64(numbers[0] * 3600 + numbers[1] * 60 + numbers[2])
        return Timestamp(millisecondsSince1970: seconds * 1000)
    }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return Int(Timestamp.days(to: next.0, next.1, 1) - Timestamp.days(to: year, month, 1))
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func number(leading text: Substring, digits: ClosedRange<Int>) -> Int? {
        number(text.prefix { $0.isASCII && $0.isNumber }, digits: digits)
    }
}

/// How long a service asks to wait, in its header `Retry-After`.
package enum RetryAfter {
    /// Reads a number of seconds, or a date; a date that is past is no time at all, and `nil` what is neither.
    package static func wait(_ header: String, at now: Timestamp) -> Duration? {
        if !header.isEmpty, header.utf8.allSatisfy({ (48...57).contains($0) }) {
            return header.utf8.count <= mostDigits ? Int(header).map { .seconds($0) } : nil
        }
        return HTTPDate.leading(header).map { max(.zero, $0 - now) }
    }

    /// More digits are no number of seconds that anybody means: it would be years.
    private static let mostDigits = 8
}
