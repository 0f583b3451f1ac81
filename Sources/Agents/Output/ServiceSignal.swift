/// What numbers and codes tell of a failure of the model's service.
enum ServiceSignal {
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

    /// What the first number in `line` means, which is a status, and `body`, which may go on after it.
    ///
    /// Both in lower case. Client libraries print the status first, and then often the body, which is more precise:
    /// no credit left is a 429 too.
    static func failureClass(ofStatusIn line: String, body: String) -> FailureClass? {
        let digits = line.drop { !$0.isASCIIDigit }.prefix { $0.isASCIIDigit }
        guard digits.count == 3, let status = Int(digits) else { return nil }
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

    /// Without white space.
    private static let bodySigns: [(sign: String, failureClass: FailureClass)] = [
        ("insufficient_quota", .billing),
        ("exceededyourcurrentquota", .billing),
        ("usage_limit_reached", .usageLimit),
        ("context_length_exceeded", .contextOverflow),
    ]
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
