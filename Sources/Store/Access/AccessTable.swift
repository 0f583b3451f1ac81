package import Domain
package import Fleet

/// Who may do what, and who has done what.
package protocol AccessTable: Sendable {
    /// Makes a user known, or changes what is known of one.
    func put(_ user: UserRecord) async throws(StoreError)
    /// By their ids.
    func users() async throws(StoreError) -> [UserRecord]

    /// Keeps a token's digest. Throws where its id is taken, or its user or daemon is unknown.
    func addToken(_ token: TokenRecord) async throws(StoreError)
    /// Looks at a token that was presented; notes that it was used, at most once a minute.
    func authenticate(_ token: AccessToken, at time: Timestamp) async throws(StoreError) -> Authentication
    /// Returns whether there was such a token that had not been revoked.
    func revokeToken(_ id: String, at time: Timestamp) async throws(StoreError) -> Bool
    /// In the order of their ids; of one daemon or one user, or all.
    func tokens(of owner: TokenOwner?) async throws(StoreError) -> [TokenRecord]

    /// Notes who has done what.
    func audit(_ entry: AuditEntry) async throws(StoreError)
    /// What comes before a number, newest first; `nil` is from the newest on.
    func auditLog(before number: Int?, limit: Int) async throws(StoreError) -> [AuditRecord]
}

/// A person, or a program of theirs.
package struct UserRecord: Hashable, Sendable {
    package var id: String
    package var name: String
    package var createdAt: Timestamp
    /// None of their tokens is accepted.
    package var isDisabled: Bool

    package init(_ id: String, name: String, createdAt: Timestamp, isDisabled: Bool = false) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.isDisabled = isDisabled
    }
}

/// Whose a token is.
package enum TokenOwner: Hashable, Sendable {
    case user(String)
    case daemon(DaemonID)
}

/// What is kept of a token: never its secret.
package struct TokenRecord: Hashable, Sendable {
    package var id: String
    package var kind: AccessToken.Kind
    package var digest: SHA256Digest
    /// For people.
    package var label: String
    package var owner: TokenOwner
    package var scopes: Set<AccessScope>
    package var createdAt: Timestamp
    /// From then on it is not accepted; `nil` is never.
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// To the minute.
    package var lastUsedAt: Timestamp?

    package init(
        _ token: AccessToken,
        label: String,
        owner: TokenOwner,
        scopes: Set<AccessScope>,
        createdAt: Timestamp
    ) {
        id = token.id
        kind = token.kind
        digest = token.digest
        self.label = label
        self.owner = owner
        self.scopes = scopes
        self.createdAt = createdAt
    }

    /// For stores.
    init(id: String, kind: AccessToken.Kind, digest: SHA256Digest, owner: TokenOwner, createdAt: Timestamp) {
        self.id = id
        self.kind = kind
        self.digest = digest
        self.label = ""
        self.owner = owner
        self.scopes = []
        self.createdAt = createdAt
    }

    /// Whether any of its scopes includes `wanted`.
    package func allows(_ wanted: AccessScope) -> Bool { scopes.contains { $0.includes(wanted) } }
}

/// Whether a token is accepted.
package enum Authentication: Hashable, Sendable {
    case accepted(TokenRecord)
    case refused(Cause)

    /// For logs; who presented it is told none of it.
    package enum Cause: String, Hashable, Sendable, CaseIterable {
        case unknown
        case wrongSecret = "wrong_secret"
        case expired
        case revoked
        case disabled
    }
}

/// That somebody has done something.
package struct AuditEntry: Hashable, Sendable {
    package var at: Timestamp
    /// The user's, daemon's or server's name.
    package var actor: String
    /// A stable word, as `token.revoked`.
    package var action: String
    /// On what.
    package var subject: String
    /// JSON or nothing.
    package var detail: String

    package init(at time: Timestamp, actor: String, action: String, subject: String = "", detail: String = "") {
        self.at = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.detail = detail
    }
}

/// An entry of the audit log.
package struct AuditRecord: Hashable, Sendable {
    package var number: Int
    package var entry: AuditEntry

    package init(number: Int, entry: AuditEntry) {
        self.number = number
        self.entry = entry
    }
}
