import Agents
import Domain
import Testing

/// Sentences of developers about limits, logins and networks, which an agent prints and then fails: they are its own
/// words, whatever they are about.
struct OrdinaryProseTests {
    private func outcome(_ output: String, _ code: Int32, errors: String = "") throws -> AgentOutcome {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        return reader.read(output + "\n", Samples.exit(code, errors: errors))
    }

    @Test(arguments: sentences)
    func aFailureIsTheAgentsOwn(_ sentence: String) throws {
        #expect(try outcome(sentence, 1).end == .agentError(message: sentence))
        #expect(
            try outcome("I have begun.\n\n\(sentence)", 2).end == .agentError(message: "I have begun.\n\(sentence)")
        )
        #expect(try outcome(sentence, 1, errors: "make: *** [test]\n").end.name == "agentError")
        let heading = "Error: \(sentence)"
        #expect(try outcome(heading, 1).end == .agentError(message: heading))
    }

    @Test(arguments: sentences)
    func aSuccessIsASuccess(_ sentence: String) throws {
        #expect(try outcome(sentence, 0) == AgentOutcome(end: .ok, finalMessage: sentence + "\n"))
    }

    @Test(arguments: sentences)
    func textAfterRecordsIsNoFailureOfTheService(_ sentence: String) throws {
        let codex = [Codex.thread, Codex.turn, Codex.said("done"), Codex.done, sentence].joined(separator: "\n")
        #expect(try outcome(codex, 1).end == .agentError(message: sentence))
        let kimi = #"{"role":"assistant","content":"done"}"# + "\n" + sentence
        #expect(
            try outcome(kimi, 1, errors: "To resume this session: kimi -r s1\n").end == .agentError(message: sentence)
        )
        #expect(try outcome("\(Vibe.said("done"))\n\(sentence)", 1).end == .agentError(message: sentence))
        #expect(try outcome("\(Line.start)\n\(sentence)", 1).end == .agentError(message: sentence))
    }

    @Test(arguments: [
        "Missing docs: the environment variable for the port is not described.",
        "Session not found: login-flow test still fails.",
        "Quota exceeded: try again in 3000 days (the new message of our API).",
        "Overloaded the + operator for Vector; 2 tests still fail.",
        "Session ID handling is already in use by the old router.", "Unknown option '--port' in the new script.",
    ])
    func notEvenOnStandardError(_ sentence: String) throws {
        #expect(try outcome("", 1, errors: sentence + "\n").end == .agentError(message: sentence))
    }

    @Test(arguments: ["API Error: 500 responses are now retried.", "API Error: connection pooling was missing; added."])
    func anUnknownErrorOfTheServiceIsCounted(_ sentence: String) throws {
        #expect(try outcome(sentence, 1).end == .agentError(message: sentence))
        #expect(try outcome(sentence, 0).end == .agentError(message: sentence))
    }

    // MARK: - What is known on standard output nevertheless

    @Test(arguments: usageLimits)
    func aUsageLimitOfAKnownProgramIsKnown(_ line: String) throws {
        #expect(try outcome(line, 1).end.name == "usageLimit")
    }

    @Test(arguments: [
        ("API Error: 401 {\"type\":\"error\"}", "authentication"),
        ("API Error: 529 Overloaded. Try again.", "overloaded"),
        ("API Error: 529 [1305][The service may be temporarily overloaded]", "overloaded"),
        ("API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)", "network"),
        ("API Error: Request rejected (429) · This request would exceed your account's rate limit.", "rateLimited"),
        ("Your credit balance is too low to access the Anthropic API", "billing"),
        ("Credit balance is too low", "billing"),
        ("Failed to authenticate: OAuth session expired and could not be refreshed", "authentication"),
        ("Failed to authenticate. API Error: 401 OAuth token has expired.", "authentication"),
        ("Invalid API key · Fix external API key", "authentication"),
        ("Not logged in · Please run /login", "authentication"), ("Prompt is too long", "contextOverflow"),
        ("Prompt is too long · the request is ~1213462 tokens", "contextOverflow"),
        ("Error: Session ID 11111111-2222-4333-8444-555555555555 is already in use.", "unusableSession"),
        ("No conversation found with session ID: 3617d7ce-03a5-4def-9367-209a4568d324", "unusableSession"),
        ("Request too large (max 32MB). Remove older images.", "unusableSession"),
        (
            "There's an issue with the selected model (x). It may not exist or you may not have access.",
            "launchFailure"
        ),
    ])
    func anErrorOfAKnownProgramIsKnown(line: String, name: String) throws {
        #expect(try outcome(line, 1).end.name == name)
    }

    @Test func whatOnlyOneAgentSaysIsBelievedWhereItIsThatAgents() throws {
        let note = "\nTo resume this session: kimi -r 42b4f55a-151f\n"
        for line in ["LLM not set", "Connection error.", "Request timed out."] {
            #expect(try outcome(line, 1).end == .agentError(message: line))
            #expect(try outcome(line, 0) == AgentOutcome(end: .ok, finalMessage: line + "\n"))
            #expect(try outcome(line, 1, errors: note).end != .agentError(message: line))
        }
        #expect(try outcome("LLM not set", 1, errors: note).end == .authentication(message: "LLM not set"))
        let unknown = "Session not found: 148a02de-5df6-d2f3-855f-000000000000"
        #expect(try outcome("", 1, errors: "Error: \(unknown)\n").end == .unusableSession)
        #expect(try outcome("", 1, errors: unknown + "\n").end == .agentError(message: unknown))
        let refused = "unexpected status 401 Unauthorized: x"
        #expect(try outcome("", 1, errors: "ERROR: \(refused)\n").end == .authentication(message: "ERROR: \(refused)"))
        #expect(try outcome(refused, 1).end == .agentError(message: refused))
    }
}

extension OrdinaryProseTests {
    static let usageLimits = [
        "Claude AI usage limit reached|1795345080", "You've hit your limit · resets 5pm (Europe/Vilnius)",
        "You’ve hit your session limit · resets 3:50pm (Asia/Tokyo)", "You're out of extra usage · resets 9pm",
        "Claude usage limit reached. Your limit will reset at 3pm (America/New_York).", "You've hit your limit",
        "Error: You've reached your 5-hour usage limit for Claude.\nPlease try again in about an hour.\n\nThank you!",
        "ERROR: You've hit your usage limit. Upgrade to Pro or try again at 10:58 AM.", "API Error: Rate limit reached",
    ]

    static let sentences = [
        "Missing docs: the environment variable for the port is not described.",
        "Session not found: login-flow test still fails.",
        "Session not found: the cookie names f00d-cafe, which is gone.",
        "Quota exceeded: try again in 3000 days (the new message of our API).",
        "Quota exceeded is now told with the billing page's address.",
        "Overloaded the + operator for Vector; 2 tests still fail.",
        "Overloaded functions are listed in the order of their declaration.", "Overloaded.",
        "You've hit your limit of three requests is what the banner says now.",
        "You've reached your limit, says the new page for guests; its test fails.",
        "You have exceeded your daily usage limit is the text of error 17.",
        "Claude AI usage limit reached is now a case of its own in the parser.",
        "You're out of extra usage credits is translated; German is still missing.",
        "You exceeded your current quota, the mail template says; I changed the wording.",
        "Too many requests from one address now lead to status 429.",
        "Too many requests: the limiter answers 429 after 100 calls, try again in 5 days.",
        "Rate limit exceeded (test_limiter.py): expected 3 calls, got 4.",
        "Rate limit reached for anonymous users is covered by two tests.",
        "Rate limit headers are read; retry after 30 seconds is respected.",
        "Connection error handling moved into the client; one test is red.",
        "Connection failed: error sending request is what the mock returns now.",
        "Connection refused on port 5432: the database of the tests is not running.",
        "All connection attempts failed in the simulated outage, as they should.",
        "Stream disconnected before completion is now handled in Reader.swift.",
        "Peer closed connection without sending complete message body: fixed in the fake server.",
        "Request timed out in test_slow_client; I raised the limit.",
        "Request too large now answers 413 instead of 500.",
        "Network is unreachable in this sandbox, so npm install was left out.",
        "Failed to authenticate with the old token, as the test demands; the new one is refused too.",
        "Invalid API key is now answered with 401; invalid login with 403.", "Invalid API key.",
        "Not logged in users are sent to /login.", "Unauthorized requests get 401 from the new middleware.",
        "OAuth token has expired: the refresh is implemented, its test fails.",
        "Please run /login.sh before the tests.", "Missing environment variable: `PORT` is described in README.md.",
        "Missing PORT environment variable for docker is reported now.",
        "Your credit balance is too low is shown in red on the billing page.",
        "Credit balance is too low for the second purchase in test_billing.",
        "Credit card numbers are masked in the log.",
        "Prompt is too long for one line, so I wrapped it.",
        "Prompt is too long: the context window of the terminal widget is 80 columns.",
        "The context window is now closed by Escape; the menu's test fails.",
        "No conversation found with session ID: the query returns an empty list.",
        "Session ID generation is already in use elsewhere, so I reused it.",
        "An image in the conversation exceeds the bubble's width; fixed in CSS.",
        "There's an issue with the selected model binding in SwiftUI; see Picker.swift.",
        "Unknown option '--fast' is now reported with a hint.",
        "Selected model is at capacity is one more state of the machine.",
        "We're currently experiencing high demand is the text on the waiting page.",
        "Client error '404 Not Found' is mapped to NotFound.", "Server error '500' is retried twice.",
        "Error code: 429 - the table in docs/errors.md has it now.",
        "Unexpected status 401 in test_login: expected 200.",
        "Exceeded retry limit, last status: 503, as the chaos test wants it.",
        "litellm.RateLimitError: the wrapper catches it now.", "litellm.Timeout is documented.",
        "Thread/resume: no rollout found in the demo data, so I added one.",
        "api_error: 5 of 7 cases are handled.", "HTTP 529 and 503 are both called overloaded in the docs.",
    ]
}

extension IterationEnd {
    /// That of the case, without what it carries.
    fileprivate var name: String { String("\(self)".prefix { $0 != "(" }) }
}
