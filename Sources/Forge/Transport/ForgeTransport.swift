/// The way of requests to the API of a forge, and of its answers.
///
/// Each way logs in by itself: no request holds a token.
package protocol ForgeTransport: Sendable {
    /// Sends one request, once.
    ///
    /// Throws ``ForgeFailure`` where no answer came, or `CancellationError`.
    func send(_ request: ForgeRequest) async throws -> ForgeAnswer
}

package struct ForgeRequest: Hashable, Sendable {
    package enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
    }

    package var method: Method
    /// Below the API's base URL, without a slash at its beginning, with its query.
    package var path: String
    /// JSON; `nil` is none.
    package var body: [UInt8]?
    /// The mark of an answer that is known already; the answer is then 304 where nothing has changed.
    package var knownTag: String?

    package init(_ method: Method, _ path: String, body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// What every request says of itself.
    static let headers = [
        ("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"),
    ]
}

package struct ForgeAnswer: Hashable, Sendable {
    package var status: Int
    /// By their names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
