import Domain
import Testing

@testable import Agents

/// When an allowance is restored, in the words in which it was said.
struct ResetTimeTests {
    private func reset(_ text: String, now: String, local: String = "UTC") throws -> String? {
        let zones = TimeZoneDirectory(localName: local)
        return ResetTime(endedAt: try timestamp(now), zones: zones).stated(in: text)?.iso8601
    }

    @Test(arguments: [
        ("resets 5pm (Europe/Vilnius)", "2026-01-29T10:00:00Z", "2026-01-29T15:00:00Z"),
        ("resets 10pm (Europe/Warsaw)", "2026-04-14T18:00:00Z", "2026-04-14T20:00:00Z"),
        ("resets 3:50pm (Asia/Tokyo)", "2026-04-14T07:00:00Z", "2026-04-15T06:50:00Z"),
        ("resets Apr 23 at 4pm (America/Recife)", "2026-04-20T00:00:00Z", "2026-04-23T19:00:00Z"),
        ("resets Jan 2 at 4am (UTC)", "2026-12-30T00:00:00Z", "2027-01-02T04:00:00Z"),
        ("resets 12am (UTC)", "2026-04-14T07:00:00Z", "2026-04-15T00:00:00Z"),
        ("resets 3pm (Europe/Berlin)", "2026-04-14T07:00:00Z", "2026-04-14T13:00:00Z"),
        ("resets at 11:30 PM", "2026-04-14T07:00:00Z", "2026-04-14T23:30:00Z"),
        ("resets Mar 3 at 5am", "2026-03-01T07:00:00Z", "2026-03-03T05:00:00Z"),
        ("resets Mar 3, 5am", "2026-03-01T07:00:00Z", "2026-03-03T05:00:00Z"),
        ("Your limit will reset at 3pm (America/New_York).", "2026-04-14T07:00:00Z", "2026-04-14T19:00:00Z"),
        ("try again at Nov 25th, 2026 9:05 AM.", "2026-11-22T09:45:00Z", "2026-11-25T09:05:00Z"),
        ("try again at Jan 1st, 2027 12:00 AM.", "2026-12-22T09:45:00Z", "2027-01-01T00:00:00Z"),
        ("resets at 2026-12-01T00:00:00Z", "2026-11-22T09:45:00Z", "2026-12-01T00:00:00Z"),
        ("resets at 2026-12-01T02:00:30.5+02:00.", "2026-11-22T09:45:00Z", "2026-12-01T00:00:30Z"),
        ("resets at 2026-12-01T02:00", "2026-11-22T09:45:00Z", "2026-12-01T02:00:00Z"),
        ("resets at 2026-12-01 02:00:15 UTC", "2026-11-22T09:45:00Z", "2026-12-01T02:00:15Z"),
        ("Resets at 5pm (UTC)", "2026-04-14T07:00:00Z", "2026-04-14T17:00:00Z"),
        ("\nresets 5pm (UTC)", "2026-04-14T07:00:00Z", "2026-04-14T17:00:00Z"),
        ("resets 5pm (UTC). You may buy 2 more.", "2026-04-14T07:00:00Z", "2026-04-14T17:00:00Z"),
        ("resets 5pm (UTC), and you may buy 2 more", "2026-04-14T07:00:00Z", "2026-04-14T17:00:00Z"),
        ("resets September 3 at 5pm (UTC)", "2026-09-01T07:00:00Z", "2026-09-03T17:00:00Z"),
        ("resets 12:30pm (UTC)", "2026-04-14T07:00:00Z", "2026-04-14T12:30:00Z"),
    ])
    func findsTheNextOccurrence(words: String, now: String, expected: String) throws {
        #expect(try reset("You've hit your limit · \(words)", now: now) == expected)
    }

    @Test func aTimeWithoutZoneIsTheMachines() throws {
        let words = "You're out of extra usage · resets 9pm"
        #expect(try reset(words, now: "2026-03-16T12:00:00Z", local: "Europe/Berlin") == "2026-03-16T20:00:00Z")
        #expect(try reset(words, now: "2026-07-16T12:00:00Z", local: "Europe/Berlin") == "2026-07-16T19:00:00Z")
        let codex = "You've hit your usage limit. … or try again at 12:16 PM."
        #expect(try reset(codex, now: "2025-11-12T10:00:00Z", local: "UTC") == "2025-11-12T12:16:00Z")
    }

    @Test func aDateIsTakenAsItIs() throws {
        let words = "You have reached your limits. You will regain access on 2026-12-01 at 00:00 UTC."
        #expect(try reset(words, now: "2026-11-22T09:45:00Z") == "2026-12-01T00:00:00Z")
    }

    @Test func anEpochIsTakenUnlessItIsPast() throws {
        let words = "Claude AI usage limit reached|1762952400"
        #expect(try reset(words, now: "2025-11-12T12:00:00Z") == "2025-11-12T13:00:00Z")
        #expect(try reset(words, now: "2025-11-12T13:00:01Z") == nil)
    }

    @Test(arguments: ["Claude usage limit reached|1762952400", "limit reached | by 5 |1762952400", "x|1762952400|y"])
    func anEpochStandsAfterABar(_ words: String) throws {
        #expect(try reset(words, now: "2025-11-12T12:00:00Z") == "2025-11-12T13:00:00Z")
    }

    @Test(arguments: [
        ("try again in 3 hours 5 minutes", "2026-11-22T12:50:00Z"),
        ("try again in 1 day, 2 hours", "2026-11-23T11:45:00Z"),
        ("resets in 2h 30m", "2026-11-22T12:15:00Z"), ("retry after 20 seconds", "2026-11-22T09:45:20Z"),
        ("Retry-After: 3600 (x)", "2026-11-22T10:45:00Z"), ("retry in 32.4s.", "2026-11-22T09:45:32Z"),
        ("try again in 1 hour and 1 minute.", "2026-11-22T10:46:00Z"), ("try again in 6m0s.", "2026-11-22T09:51:00Z"),
        ("reset in 3 days at 5pm", "2026-11-25T09:45:00Z"),
        ("Retry-After: Sun, 29 Nov 2026 13:00:00 GMT", "2026-11-29T13:00:00Z"),
        ("retry after Sunday, 29-Nov-26 13:00:00 GMT.", "2026-11-29T13:00:00Z"),
        ("Retry-After: Sun Nov 29 13:00:00 2026 (x)", "2026-11-29T13:00:00Z"),
    ])
    func aDelayCountsFromTheEnd(words: String, expected: String) throws {
        #expect(try reset("limit · \(words)", now: "2026-11-22T09:45:00Z") == expected)
    }

    @Test(arguments: [
        ("try again in 8 days", "2026-11-30T09:45:00Z"), ("try again in 8 days 1 second", nil),
        ("limit reached|1796031900", "2026-11-30T09:45:00Z"), ("limit reached|1796031901", nil),
        ("resets Nov 30 at 9:45am", "2026-11-30T09:45:00Z"), ("resets Nov 30 at 9:46am", nil),
        // A date with its year may be the end of a month's allowance.
        ("regain access on 2026-12-24 at 09:45 UTC", "2026-12-24T09:45:00Z"),
        ("regain access on 2026-12-24 at 09:46 UTC", nil), ("resets at 2026-12-24T09:46:00Z", nil),
        ("try again in 3000 days", nil), ("Retry-After: Thu, 24 Dec 2026 09:45:00 GMT", "2026-12-24T09:45:00Z"),
        ("Retry-After: Thu, 24 Dec 2026 09:45:01 GMT", nil), ("Retry-After: Sun, 22 Nov 2026 09:45:00 GMT", nil),
    ])
    func whatIsTooFarAwayIsNotBelieved(words: String, expected: String?) throws {
        #expect(try reset("You've hit your limit · \(words)", now: "2026-11-22T09:45:00Z") == expected)
    }

    @Test func anEventIsBelievedAsFarAsWordsAre() {
        let reset = ResetTime(endedAt: Samples.recorded, zones: Samples.zones)
        let end = Samples.recorded.millisecondsSince1970 / 1000 + 8 * 86_400
        #expect(reset.future(end) == Timestamp(millisecondsSince1970: end * 1000))
        #expect(reset.future(end + 1) == nil)
    }

    @Test func whatHasJustPassedIsNotTomorrow() throws {
        #expect(try reset("limit · resets 10:45am (UTC)", now: "2026-04-14T10:45:40Z") == nil)
    }

    @Test(arguments: [
        "limit · resets soon", "limit · resets 25:00 (UTC)", "limit · resets 13pm (UTC)", "resets 5pm", "",
        "limit · resets 5pm (Nowhere/Atall)", "limit · resets 5pm (../../etc/passwd)",
        "usage limit reached|99999999999999",
        "limit · resets at 2026-13-01T00:00:00Z", "limit · resets at 2026-12-01T25:00:00Z", "limit|17629524001",
        "try again in about an hour when your limit resets.", "try again in 0 seconds", "try again in 99999 days",
        "try again in 9999999999999999999999 hours", "try again in 5 apples", "retry after 5pm",
        "retry after 12:16", "Retry-After: 2026-12-01", "Retry-After: Wed, 21 Oct 2026", "retry after 30",
        "I will try again in a moment",
    ])
    func noTimeIsEverInvented(_ words: String) throws {
        #expect(try reset(words, now: "2026-04-14T10:00:00Z") == nil)
    }

    private func timestamp(_ text: String) throws -> Timestamp {
        let parts = text.split { "-T:Z".contains($0) }.compactMap { Int64($0) }
        try #require(parts.count == 6)
        var days: Int64 = 0
        for year in 1970..<parts[0] { days += Self.isLeap(year) ? 366 : 365 }
        let lengths: [Int64] = [31, Self.isLeap(parts[0]) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        days += lengths.prefix(Int(parts[1]) - 1).reduce(0, +) + parts[2] - 1
        return Timestamp(
            millisecondsSince1970: (days * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]) * 1000
        )
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }
}
