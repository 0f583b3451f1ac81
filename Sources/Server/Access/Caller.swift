import Domain
import Fleet
import Store

/// Who asks.
struct Caller: Hashable, Sendable {
    let token: TokenRecord

    /// For the audit log, and as the author of orders.
    var name: String {
        switch token.owner {
        case .user(let id): id
        case .daemon(let id): "daemon:\(id)"
        }
    }

    /// Whether it may do what asks for `scope`; `nil` is open to everyone.
    func may(_ scope: AccessScope?) -> Bool { scope.map(token.allows) ?? true }
}

/// The token of a request.
enum Credential: Hashable, Sendable {
    case missing
    case malformed
    case token(AccessToken)

    /// Reads the fields `Authorization` of a request: one with a bearer token, or none that counts.
    init(_ fields: [String]) {
        guard let field = fields.first else {
            self = .missing
            return
        }
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == 1, parts.count == 2, parts[0].lowercased() == "bearer",
            let token = AccessToken(String(parts[1]))
        else {
            self = .malformed
            return
        }
        self = .token(token)
    }
}
