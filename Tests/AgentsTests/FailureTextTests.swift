import Domain
import Testing

@testable import Agents

/// The words in which real programs have said what went wrong.
struct FailureTextTests {
    private func classify(_ line: String, at end: Timestamp = Samples.recorded) -> IterationEnd? {
        FailureText(reset: ResetTime(endedAt: end, zones: Samples.zones)).classify(line)
    }

    @Test(arguments: [
        "You've hit your limit · resets someday", "You've hit your session limit",
        "You’ve hit your usage limit. Upgrade",
        "Error: You've reached your 5-hour usage limit for Claude.", "You're out of extra usage",
        "API Error: Rate limit reached",
        "You have exceeded your 5-hour usage limit. Please try again later.",
    ])
    func knowsUsageLimits(_ line: String) {
        #expect(classify(line) == .usageLimit(resetsAt: nil))
    }

    @Test func knowsTheOtherClasses() {
        let rows: [(String, IterationEnd?)] = [
            ("API Error: 529 {\"type\":\"error\"}", .overloaded),
            ("API Error (529 {\"type\":\"error\"}) · Retrying in 1 seconds…", .overloaded),
            (
                "API Error: Connection dropped (ECONNRESET)",
                .network(message: "API Error: Connection dropped (ECONNRESET)")
            ),
            ("Not logged in · Please run /login", .authentication(message: "Not logged in · Please run /login")),
            (
                "Failed to authenticate: OAuth session expired and could not be refreshed",
                .authentication(message: "Failed to authenticate: OAuth session expired and could not be refreshed")
            ),
            (
                "Your credit balance is too low to access the Anthropic API",
                .billing(message: "Your credit balance is too low to access the Anthropic API")
            ),
            ("Prompt is too long", .contextOverflow),
            ("No conversation found with session ID: 1", .unusableSession),
            ("Error: Session ID 1 is already in use.", .unusableSession),
            ("Error: --resume requires a valid session ID or session title", .unusableSession),
            ("An image in the conversation exceeds the dimension limit", .unusableSession),
        ]
        for (line, end) in rows { #expect(classify(line) == end) }
    }

    @Test(arguments: [
        "The file says: You've hit your limit", "> Prompt is too long", "- 429 is the status for too many requests",
        "All tests of the overloaded parser pass.", "", "error:", "I fixed 'Invalid API key' handling.",
    ])
    func quotationsAreNoFailures(_ line: String) {
        #expect(classify(line) == nil)
    }
}

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

    @Test func whatHasJustPassedIsNotTomorrow() throws {
        #expect(try reset("limit · resets 10:45am (UTC)", now: "2026-04-14T10:45:40Z") == nil)
    }

    @Test(arguments: [
        "limit · resets soon", "limit · resets 25:00 (UTC)", "limit · resets 13pm (UTC)", "resets 5pm", "",
        "limit · resets 5pm (Nowhere/Atall)", "limit · resets 5pm (../../etc/passwd)",
        "usage limit reached|99999999999999",
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
