/// An error of the model's service, as far as numbers and codes tell.
enum ServiceError {
    /// What an HTTP status of the service means; `nil` for those that say too little.
    static func failureClass(ofStatus status: Int) -> FailureClass? {
        switch status {
        case 401, 403: .authentication
        case 402: .billing
        case 404: .launchFailure
        case 408: .network
        case 413: .unusableSession
        case 429: .rateLimited
        case 500...599: .overloaded
        default: nil
        }
    }

    /// What the `code` in an error's body means.
    static func failureClass(ofCode code: String) -> FailureClass? { codes[code] }

    /// What is told by `line`, which the program printed, if it begins with a status; `body` may go on after it.
    ///
    /// Both in lower case. Client libraries print the status first, and then often the body, which is more precise:
    /// no credit left is a 429 too.
    static func failureClass(of line: String, body: String) -> FailureClass? {
        guard let prefix = statusPrefixes.first(where: { line.hasPrefix($0) }) else { return nil }
        guard let status = Int(line.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }) else { return nil }
        // Some programs break lines in the middle of words.
        let compact = body.filter { !$0.isWhitespace }
        let precise = bodySigns.first { compact.contains($0.sign) }?.failureClass
        return precise ?? failureClass(ofStatus: status)
    }

    private static let codes: [String: FailureClass] = [
        "usage_limit_reached": .usageLimit,
        "rate_limit_exceeded": .rateLimited,
        "server_is_overloaded": .overloaded,
        "server_error": .overloaded,
        "invalid_api_key": .authentication,
        "access_denied": .authentication,
        "insufficient_quota": .billing,
        "context_length_exceeded": .contextOverflow,
        "model_not_found": .launchFailure,
    ]

    private static let statusPrefixes = [
        "unexpected status ", "exceeded retry limit, last status: ", "error code: ", "client error '", "server error '",
    ]

    /// Without white space.
    private static let bodySigns: [(sign: String, failureClass: FailureClass)] = [
        ("insufficient_quota", .billing),
        ("exceededyourcurrentquota", .billing),
        ("usage_limit_reached", .usageLimit),
        ("context_length_exceeded", .contextOverflow),
    ]
}
