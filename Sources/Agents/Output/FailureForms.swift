/// The forms of failures that are looked for in the words of one kind of speaker.
///
/// The first that fits counts, so a special case stands before the general one.
struct FailureForms: Sendable {
    let forms: [FailureForm]

    init(_ forms: [FailureForm]) {
        self.forms = forms
    }

    static func + (first: FailureForms, second: FailureForms) -> FailureForms {
        FailureForms(first.forms + second.forms)
    }

    /// Those after the word that begins an error.
    var afterHeading: FailureForms {
        FailureForms(forms.map { FailureForm(meaning: $0.meaning, pattern: "error: " + $0.pattern) })
    }
}

extension FailureForms {
    /// For words of which it is known that they tell of an error.
    static let stated = FailureForms([
        FailureForm(.usageLimit, "you've hit your limit%"),
        FailureForm(.usageLimit, "you've hit your _ limit%"),
        FailureForm(.usageLimit, "you've hit your _ _ limit%"),
        FailureForm(.usageLimit, "you've hit your usage limit for *"),
        FailureForm(.usageLimit, "you've reached your usage limit%"),
        FailureForm(.usageLimit, "you've reached your _ limit%"),
        FailureForm(.usageLimit, "you've reached your _ usage limit for claude%"),
        FailureForm(.usageLimit, "#-hour limit reached%"),
        FailureForm(.usageLimit, "weekly limit reached%"),
        FailureForm(.usageLimit, "_ weekly limit reached%"),
        FailureForm(.usageLimit, "session limit reached%"),
        FailureForm(.usageLimit, "you have exceeded your _ usage limit%"),
        FailureForm(.usageLimit, "you have reached your specified api usage limits%"),
        FailureForm(.usageLimit, "you're out of extra usage%"),
        FailureForm(.usageLimit, "claude ai usage limit reached%"),
        FailureForm(.usageLimit, "claude usage limit reached%"),
        FailureForm(.usageLimit, "api error: request rejected (429)*usage limit*"),
        FailureForm(.usageLimit, "api error: rate limit reached%"),
        FailureForm(.usageLimit, "quota exceeded for quota metric *"),
        FailureForm(.billing, "you exceeded your current quota%"),
        FailureForm(.billing, "your credit balance is too low to access *"),
        FailureForm(.billing, "credit balance is too low%"),
        FailureForm(.rateLimited, "api error: request rejected (429)*"),
        FailureForm(.rateLimited, "too many requests%"),
        FailureForm(.rateLimited, "rate limit exceeded%"),
        FailureForm(.rateLimited, "rate limit reached for _ in organization *"),
        FailureForm(.rateLimited, "api error: server is temporarily limiting requests%"),
        FailureForm(.rateLimited, "server is temporarily limiting requests%"),
        .status("api error: repeated # *"),
        .status("api error: #%"),
        .status("api error: # *"),
        .status("api error (# *"),
        .status("error code: # - *"),
        FailureForm(.overloaded, "overloaded%"),
        FailureForm(.network, "api error: connection *"),
        FailureForm(.network, "api error: unable to connect *"),
        FailureForm(.network, "api error: the socket connection was closed unexpectedly%"),
        FailureForm(.network, "api error: fetch failed%"),
        FailureForm(.network, "connection error%"),
        FailureForm(.network, "request timed out%"),
        FailureForm(.authentication, "failed to authenticate%"),
        FailureForm(.authentication, "invalid api key%"),
        FailureForm(.authentication, "not logged in%"),
        FailureForm(.authentication, "oauth token has expired%"),
        FailureForm(.authentication, "please run /login%"),
        FailureForm(.authentication, "your organization has disabled claude subscription access*"),
        FailureForm(.contextOverflow, "prompt is too long%"),
        FailureForm(.unusableSession, "no conversation found with session id: *"),
        FailureForm(.unusableSession, "--resume requires a valid session *"),
        FailureForm(.unusableSession, "session id _ is already in use%"),
        FailureForm(.unusableSession, "an image in the conversation exceeds *"),
        FailureForm(.unusableSession, "request too large%"),
        FailureForm(.launchFailure, "--dangerously-skip-permissions cannot be used with root*"),
        FailureForm(.launchFailure, "claude code cannot be launched inside another *"),
        FailureForm(.launchFailure, "claude configuration file at * is corrupted*"),
        FailureForm(.launchFailure, "there's an issue with the selected model *"),
        FailureForm(.launchFailure, "when using --print, --output-format=stream-json requires *"),
    ])

    /// For the standard error of a program that may be any: what only one agent says must be called an error there.
    static let standardError = stated + headed

    /// The same where much else may be said on standard error.
    static let strictStandardError = standardOutput + headed

    private static let headed = (codex + vibe).afterHeading

    /// For words that are all a process said, and did: what any program says that cannot reach a service, or is refused.
    static let onlyWords = FailureForms([
        FailureForm(.usageLimit, "usage limit reached%"),
        FailureForm(.usageLimit, "you have hit your usage limit%"),
        FailureForm(.usageLimit, "you have reached your usage limit%"),
        .status("http # too many requests%"),
        .status("http # internal server error%"),
        .status("http # bad gateway%"),
        .status("http # service unavailable%"),
        .status("http # gateway timeout%"),
        .status("# too many requests%"),
        .status("# bad gateway%"),
        .status("# service unavailable%"),
        .status("# gateway timeout%"),
        FailureForm(.network, "*connect econnrefused*"),
        FailureForm(.network, "*connect ehostunreach*"),
        FailureForm(.network, "*connect enetunreach*"),
        FailureForm(.network, "*connect etimedout*"),
        FailureForm(.network, "*read econnreset*"),
        FailureForm(.network, "*getaddrinfo enotfound *"),
        FailureForm(.network, "*getaddrinfo eai_again*"),
        FailureForm(.network, "fetch failed%"),
        FailureForm(.network, "typeerror: fetch failed%"),
        FailureForm(.network, "socket hang up%"),
        FailureForm(.network, "could not resolve host: *"),
        FailureForm(.network, "curl: (#) could not resolve host: *"),
    ])
}

extension FailureForms {
    /// For standard output, where an agent says what it likes: forms that are nothing but the error of a known program.
    static let standardOutput =
        apiErrors
        + FailureForms([
            FailureForm(.usageLimit, "claude ai usage limit reached|#"),
            FailureForm(.usageLimit, "claude usage limit reached. your limit will reset at *"),
            FailureForm(.usageLimit, "you've hit your *limit · resets *"),
            FailureForm(.usageLimit, "you're out of extra usage · resets *"),
            FailureForm(.usageLimit, "you've reached your _ usage limit for claude."),
            FailureForm(.usageLimit, "you've reached your #-hour limit. resets *"),
            FailureForm(.usageLimit, "#-hour limit reached _ resets *"),
            FailureForm(.usageLimit, "weekly limit reached _ resets *"),
            FailureForm(.usageLimit, "_ weekly limit reached _ resets *"),
            FailureForm(.usageLimit, "session limit reached _ resets *"),
            FailureForm(.rateLimited, "server is temporarily limiting requests (not your usage limit)%"),
            FailureForm(.usageLimit, "error: you've hit your usage limit. *"),
            FailureForm(.usageLimit, "you have reached your specified api usage limits. you will regain access on *"),
            FailureForm(.billing, "your credit balance is too low to access the anthropic api*"),
            FailureForm(.network, "request timed out. if the api is slow to answer, *"),
            FailureForm(.authentication, "failed to authenticate. api error: # *"),
            FailureForm(
                .authentication,
                "failed to authenticate: oauth session expired and could not be refreshed"
            ),
            FailureForm(.authentication, "invalid api key · *"),
            FailureForm(.authentication, "not logged in · please run /login"),
            FailureForm(.authentication, "please run /login · *"),
            FailureForm(.authentication, "oauth token has expired. please obtain a new token *"),
            FailureForm(.authentication, "your organization has disabled claude subscription access*"),
            FailureForm(.contextOverflow, "prompt is too long · *"),
            FailureForm(.unusableSession, "no conversation found with session id: #-#-#-#-#"),
            FailureForm(.unusableSession, "session id #-#-#-#-# is already in use."),
            FailureForm(.unusableSession, "--resume requires a valid session id or session title *"),
            FailureForm(.unusableSession, "an image in the conversation exceeds the dimension limit for *"),
            FailureForm(.unusableSession, "request too large (max _). *"),
            FailureForm(
                .launchFailure,
                "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons"
            ),
            FailureForm(.launchFailure, "claude code cannot be launched inside another claude code session."),
            FailureForm(.launchFailure, "there's an issue with the selected model (_). it may not exist or you *"),
        ])

    /// The same, for the only line of standard output.
    static let onlyOutput = FailureForms([
        FailureForm(.usageLimit, "you've hit your limit"),
        FailureForm(.usageLimit, "you've hit your _ limit"),
        FailureForm(.billing, "credit balance is too low"),
        FailureForm(.contextOverflow, "prompt is too long"),
    ])

    /// How Claude Code prints an error of the service in place of an answer.
    static let apiErrors = FailureForms([
        FailureForm(.usageLimit, "api error: rate limit reached"),
        FailureForm(.usageLimit, "api error: request rejected (429) · you have reached your specified api usage *"),
        FailureForm(.rateLimited, "api error: request rejected (429) · *"),
        .status("api error: #"),
        .status("api error: # {*"),
        .status("api error: # [*"),
        .status("api error: # <*"),
        .status("api error (# {*"),
        .status("api error: # overloaded%"),
        .status("api error: # internal server error%"),
        .status("api error: # bad gateway%"),
        .status("api error: # service unavailable%"),
        .status("api error: # gateway timeout%"),
        .status("api error: repeated # overloaded errors%"),
        FailureForm(.rateLimited, "api error: server is temporarily limiting requests (not your usage limit)%"),
        FailureForm(.network, "api error: the socket connection was closed unexpectedly%"),
        FailureForm(.network, "api error: fetch failed"),
        .status("api error: # due to tool use concurrency issues.*"),
        FailureForm(.network, "api error: connection error."),
        FailureForm(.network, "api error: connection refused — *"),
        FailureForm(.network, "api error: connection dropped (*"),
        FailureForm(.network, "api error: connection closed mid-response.*"),
        FailureForm(.network, "api error: unable to connect to api*"),
        FailureForm(.network, "api error: request timed out."),
    ])
}
