import Domain
import Testing

@testable import Agents

/// The words in which real programs have said what went wrong.
struct FailureTextTests {
    private let table = FailureText(reset: ResetTime(endedAt: Samples.recorded, zones: Samples.zones))

    private func classify(_ line: String) -> IterationEnd? {
        table.classify(line)
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
        ("unexpected status 429 Too Many Requests: x", IterationEnd.rateLimited(retryAfter: nil)),
        ("ERROR: exceeded retry limit, last status: 429 Too Many Requests", .rateLimited(retryAfter: nil)),
        ("Error code: 503 - {'error': {'code': 'server_is_overloaded'}}", .overloaded),
        ("Server error '502 Bad Gateway' for url 'x'", .overloaded), ("error code: 413 - x", .unusableSession),
        ("Error code: 429 - x. Retry-After: 30", .rateLimited(retryAfter: .seconds(30))),
        (#"Error code: 429 - {"Retry-After": "30"}"#, .rateLimited(retryAfter: .seconds(30))),
        ("Error code: 429 - {'retry-after': '30'}", .rateLimited(retryAfter: .seconds(30))),
        (
            "Error code: 429 - x. Retry-After: Sun, 22 Nov 2026 09:46:45 GMT.",
            .rateLimited(retryAfter: .seconds(90))
        ),
        (
            "Error code: 429 - x. Retry-After: Sun, 06 Nov 1994 08:49:37 GMT",
            .rateLimited(retryAfter: nil)
        ),
    ])
    func aStatusAtTheBeginningTellsTheClass(line: String, end: IterationEnd) {
        #expect(table.classify(line, by: .stated + .codex + .vibe) == end)
    }

    @Test(arguments: [
        "Codes 429 and 503 are retried.", "Error code: 429 is told to the caller.", "api error: 5000 rows were read.",
        "Unexpected status 401 in the test of the login.", "Error code: 4290 - x",
    ])
    func aNumberInASentenceIsNoStatus(line: String) {
        #expect(table.classify(line, by: .stated + .codex + .vibe) == nil)
    }

    @Test func whatFollowsAStatusIsMorePrecise() {
        // Broken as a program breaks it that fills 80 columns.
        let lines = ["Error code: 429 - {'error': {'message': 'x', 'type': 'insuffi", "cient_quota'}}"]
        #expect(table.classify(lines) == .billing(message: lines[0]))
        #expect(table.classify(["Error code: 400 - {'error': {'code': 'invalid'}}"]) == nil)
        let quota = "You exceeded your current quota, please check your plan and billing details."
        #expect(table.classify(quota) == .billing(message: quota))
        #expect(table.classify(quota + " Please retry in 32s.") == .rateLimited(retryAfter: .seconds(32)))
        let wrapped = ["litellm.RateLimitError: RateLimitError: OpenAIException - You", "exceeded your current quota."]
        #expect(table.classify(wrapped) == .billing(message: wrapped[0]))
        let later = ["litellm.RateLimitError: RateLimitError: OpenAIException - x", "29000. Please try again in 6m0s."]
        #expect(table.classify(later) == .rateLimited(retryAfter: .seconds(360)))
    }

    @Test(arguments: [
        "The file says: You've hit your limit", "> Prompt is too long", "- 429 is the status for too many requests",
        "All tests of the overloaded parser pass.", "", "error:", "I fixed 'Invalid API key' handling.",
    ])
    func quotationsAreNoFailures(_ line: String) {
        #expect(classify(line) == nil)
    }
}
