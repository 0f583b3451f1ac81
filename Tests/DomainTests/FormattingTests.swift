import Domain
import TestSupport
import Testing

struct FormattingTests {
    @Test(
        arguments: [
            (Duration.zero, "0.0 s"),
            (.milliseconds(49), "0.0 s"),
            (.milliseconds(400), "0.4 s"),
            (.milliseconds(9999), "9.9 s"),
            (.seconds(10), "10 s"),
            (.milliseconds(59_999), "59 s"),
            (.seconds(60), "1 min 00 s"),
            (.seconds(185), "3 min 05 s"),
            (.seconds(3599), "59 min 59 s"),
            (.seconds(3600), "1 h 00 min"),
            (.seconds(7679), "2 h 07 min"),
            (.seconds(360_000), "100 h 00 min"),
        ] as [(Duration, String)]
    )
    func writesDurations(_ duration: Duration, as text: String) {
        #expect(duration.formatted == text)
    }

    @Test(
        arguments: [
            (Int64(0), "$0.00"),
            (1, "$0.0000"),
            (4200, "$0.0042"),
            (9999, "$0.0099"),
            (10_000, "$0.01"),
            (1_200_000, "$1.20"),
            (1_999_999, "$1.99"),
            (123_456_780_000, "$123456.78"),
            (.max, "$9223372036854.77"),
        ] as [(Int64, String)]
    )
    func writesDollars(_ microdollars: Int64, as text: String) {
        #expect(USD(microdollars: microdollars).formatted == text)
    }

    @Test(
        arguments: [
            (0.0, Int64(0)), (0.1, 100_000), (0.000_000_4, 0), (0.000_000_6, 1), (1e11, 100_000_000_000_000_000),
        ] as [(Double, Int64)]
    )
    func roundsDollarsToMillionths(_ dollars: Double, to microdollars: Int64) {
        #expect(USD(dollars: dollars)?.microdollars == microdollars)
    }

    @Test(arguments: [-0.01, .infinity, -.infinity, .nan, 1e12])
    func refusesAmountsThatAreNone(dollars: Double) {
        #expect(USD(dollars: dollars) == nil)
    }

    @Test(
        arguments: [
            (Int64(0), "1970-01-01T00:00:00Z"),
            (999, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (-1000, "1969-12-31T23:59:59Z"),
            (-1001, "1969-12-31T23:59:58Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (951_868_799_999, "2000-02-29T23:59:59Z"),
            (951_868_800_000, "2000-03-01T00:00:00Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00Z"),
            (1_772_323_199_000, "2026-02-28T23:59:59Z"),
            (1_772_323_200_000, "2026-03-01T00:00:00Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00Z"),
            (-2_203_891_201_000, "1900-02-28T23:59:59Z"),
            (-11_670_998_400_000, "1600-02-29T00:00:00Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func writesTimes(_ milliseconds: Int64, as text: String) {
        #expect(Timestamp(millisecondsSince1970: milliseconds).iso8601 == text)
    }

    @Test func writesTimesForPeople() {
        #expect(Timestamp(millisecondsSince1970: 1_772_373_909_123).formattedUTC == "2026-03-01 14:05 UTC")
    }

    /// Every day of three years follows the one before by the rules of the calendar.
    @Test(arguments: [(-25_932, 1899), (10_592, 1999), (47_117, 2099)] as [(Int64, Int)])
    func countsDaysAsTheCalendarDoes(from first: Int64, in firstYear: Int) throws {
        var number = first
        var (year, month, day) = (firstYear, 1, 1)
        while year < firstYear + 3 {
            let text = Timestamp(millisecondsSince1970: number * 86_400_000).iso8601
            let parts = try #require(text.split(separator: "T").first).split(separator: "-").compactMap { Int($0) }
            try #require(parts == [year, month, day])
            number += 1
            day += 1
            if day > Self.days(in: month, of: year) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test(arguments: [Int64.min, .max])
    func survivesTheEndsOfTime(milliseconds: Int64) {
        #expect(Timestamp(millisecondsSince1970: milliseconds).iso8601.hasSuffix("Z"))
    }

    @Test(
        arguments: [
            ("", 5, "", ""),
            (" \n\t\n", 5, "", ""),
            ("one", 5, "one", "one"),
            ("\n\none\ntwo\n \n", 5, "one", "two"),
            ("one\r\ntwo\r\n", 5, "one", "two"),
            ("a long line", 6, "a lon…", "a lon…"),
            ("exactly", 7, "exactly", "exactly"),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…", "👩‍👩‍👧‍👦…"),
        ] as [(String, Int, String, String)]
    )
    func findsTheFirstAndTheLastLine(_ text: String, limit: Int, first: String, last: String) {
        #expect(text.firstLine(upTo: limit) == first)
        #expect(text.lastLine(upTo: limit) == last)
    }

    @Test(arguments: 0..<500)
    func firstLineIsCutAtCharactersWhateverTheyAreMadeOf(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = ["a", "b", " ", "\t", "\n", "\r\n", "\u{301}", "é", "👩‍💻", "\u{2028}", "\u{0B}"]
        let text = (0..<Int.random(in: 0..<14, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
            .joined()
        for limit in 1...6 {
            #expect(text.firstLine(upTo: limit) == Self.simpleFirstLine(of: text, upTo: limit))
        }
    }

    private static func simpleFirstLine(of text: String, upTo limit: Int) -> String {
        let lines = text.utf8.split { (0x0A...0x0D).contains($0) }
        let line = lines.first { !$0.allSatisfy { $0 == 0x20 || $0 == 0x09 } }.map { String(Substring($0)) } ?? ""
        return line.count > limit ? line.prefix(limit - 1) + "…" : line
    }

    @Test(
        arguments: [
            ([String](), ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more"),
        ] as [([String], String)]
    )
    func listsNames(_ names: [String], as text: String) {
        #expect(names.listed(atMost: 2) == text)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
