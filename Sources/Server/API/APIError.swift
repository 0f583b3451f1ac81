import Domain
import HTTPTypes
import Store
import Wire

/// A request that is answered with a problem.
struct APIError: Error, Hashable, Sendable {
    var problem: Problem
    /// Of the answer.
    var headers: HTTPFields = [:]

    init(_ status: Int, _ code: String, _ message: String, hint: String? = nil, field: String? = nil) {
        problem = Problem()
        problem.status = status
        problem.code = code
        problem.message = message.replacing("\0", with: "\u{FFFD}")
        problem.hint = hint
        problem.field = field
    }

    private func with(_ name: HTTPField.Name, _ value: String) -> APIError {
        var copy = self
        copy.headers[name] = value
        return copy
    }

    static let unauthorized = APIError(
        401,
        "unauthorized",
        "A token is needed, and none that is accepted was given.",
        hint: "Send it as 'Authorization: Bearer TOKEN'."
    )
    .with(.wwwAuthenticate, "Bearer realm=\"makima\"")

    static func tooMany(after seconds: Int) -> APIError {
        APIError(429, "too_many_requests", "Too many requests came at once.", hint: "Wait \(seconds) s.")
            .with(.retryAfter, "\(seconds)")
    }

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> APIError {
        APIError(405, "method_not_allowed", "This address does not know the method.")
            .with(.allow, allowed.map(\.rawValue).joined(separator: ", "))
    }

    static func forbidden(_ scope: String) -> APIError {
        APIError(403, "forbidden", "The token does not allow this.", hint: "It takes one with the scope '\(scope)'.")
    }

    static func missing(_ what: String, _ id: String) -> APIError {
        APIError(404, "not_found", "There is no \(what) '\(id.prefix(100))'.")
    }

    static func unclear(_ permission: PermissionRequest) -> APIError {
        APIError(
            422,
            "answer_unclear",
            "The agent wants to use \(permission.words). The answer is neither a yes nor a no.",
            hint: "Answer 'yes', 'always', or 'no' and, if you like, why.",
            field: "text"
        )
    }

    static let internalError = APIError(
        500,
        "internal",
        "The server has failed; its log says how."
    )

    static let unavailable = APIError(
        503,
        "shutting_down",
        "The server is about to end.",
        hint: "Try again in some seconds."
    )
    .with(.retryAfter, "5")

    static let tooManyViewers = APIError(
        503,
        "too_many_viewers",
        "As many look on as the server allows.",
        hint: "Try again in some seconds."
    )
    .with(.retryAfter, "5")

    static let tooManyViewersOfToken = APIError(
        429,
        "too_many_viewers",
        "As many look on with this token as may with one.",
        hint: "Close a stream, or use another token."
    )
    .with(.retryAfter, "5")

    /// A body that cannot be read as the record that is wanted.
    init(_ error: WireError) {
        self.init(error.status, error.code, error.description)
        problem.field = error.path.flatMap { $0.utf8.count <= 4096 ? $0.replacing("\0", with: "\u{FFFD}") : nil }
    }

    /// What a store refuses to whoever asks; `nil` where the store itself has failed.
    init?(_ error: StoreError) {
        switch error {
        case .exists: self.init(409, "exists", error.description)
        case .unknownTask, .unknownDaemon, .unknownUser, .unknownBlob:
            self.init(404, "not_found", error.description)
        case .unknownParent, .circularDependencies: self.init(422, "dependencies", error.description)
        case .requestKeyReused:
            self.init(422, "key_reused", error.description, hint: "Use another 'Idempotency-Key' for another request.")
        case .tooLarge: self.init(413, "too_large", error.description)
        case .malformedCursor: self.init(400, "malformed_cursor", error.description, field: "after")
        case .diskFull, .busy:
            self.init(503, "store_unavailable", error.description, hint: "Try again in some seconds.")
            headers[.retryAfter] = "5"
        case .damaged, .tooNew, .unusable, .damagedRow, .sessionOver, .partMisplaced, .digestMismatch: return nil
        }
    }
}

extension WireError {
    fileprivate var status: Int {
        switch self {
        case .frameTooLarge: 413
        case .notUTF8, .notJSON, .notAnObject: 400
        case .field: 422
        }
    }
}
