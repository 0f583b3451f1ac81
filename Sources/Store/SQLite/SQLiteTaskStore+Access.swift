package import Domain
package import Fleet
import FoundationEssentials
import GRDB

extension SQLiteTaskStore {
    package func put(_ user: UserRecord) async throws(StoreError) {
        try await write { turn in
            _ = try turn.database.run(
                """
                INSERT INTO user VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET name = excluded.name, disabled = excluded.disabled
                """,
                [user.id, user.name.stored, user.createdAt.stored, user.isDisabled]
            )
        }
    }

    package func users() async throws(StoreError) -> [UserRecord] {
        try await read { database in
            try database.all("SELECT * FROM user ORDER BY id")
                .map { row in
                    UserRecord(
                        row["id"],
                        name: row["name"],
                        createdAt: row.time("created"),
                        isDisabled: row["disabled"]
                    )
                }
        }
    }

    package func addToken(_ token: TokenRecord) async throws(StoreError) {
        try await write { turn in
            try turn.database.checkOwner(token.owner)
            let (user, daemon) = token.owner.columns
            let isNew = try turn.database.run(
                """
                INSERT INTO token (id, kind, digest, label, user, daemon, scopes, created, expires, revoked)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    token.id, token.kind.rawValue, Database.blob(token.digest), token.label.stored, user, daemon,
                    token.scopes.map(\.rawValue).sorted().joined(separator: " "), token.createdAt.stored,
                    token.expiresAt?.stored, token.revokedAt?.stored,
                ]
            )
            guard isNew == 1 else { throw StoreError.exists(kind: "token", id: token.id) }
        }
    }

    package func authenticate(_ token: AccessToken, at time: Timestamp) async throws(StoreError) -> Authentication {
        let (found, isDisabled) = try await read { database in
            let row = try database.first(
                """
                SELECT token.*, coalesce(user.disabled, 0) AS disabled FROM token
                LEFT JOIN user ON user.id = token.user WHERE token.id = ?
                """,
                [token.id]
            )
            let isDisabled: Bool = row?["disabled"] ?? false
            return (try row.map(Self.token), isDisabled)
        }
        guard let found else { return .refused(.unknown) }
        guard found.kind == token.kind, found.digest.matches(token.digest) else { return .refused(.wrongSecret) }
        if found.revokedAt != nil { return .refused(.revoked) }
        if let expiresAt = found.expiresAt, expiresAt <= time { return .refused(.expired) }
        if isDisabled { return .refused(.disabled) }
        return .accepted(try await noteUse(of: found, at: time))
    }

    private func noteUse(of token: TokenRecord, at time: Timestamp) async throws(StoreError) -> TokenRecord {
        let minute = time + .seconds(-60)
        if let last = token.lastUsedAt, last > minute { return token }
        try await write { turn in
            _ = try turn.database.run("UPDATE token SET used = ? WHERE id = ?", [time.stored, token.id])
        }
        var used = token
        used.lastUsedAt = time
        return used
    }

    package func revokeToken(_ id: String, at time: Timestamp) async throws(StoreError) -> Bool {
        try await write { turn in
            try turn.database.run("UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", [time.stored, id])
                == 1
        }
    }

    package func tokens(of owner: TokenOwner?) async throws(StoreError) -> [TokenRecord] {
        try await read { database in
            let rows =
                switch owner {
                case .user(let user): try database.all("SELECT * FROM token WHERE user = ? ORDER BY id", [user])
                case .daemon(let id):
                    try database.all("SELECT * FROM token WHERE daemon = ? ORDER BY id", [id.rawValue])
                case nil: try database.all("SELECT * FROM token ORDER BY id")
                }
            return try rows.map(Self.token)
        }
    }

    private static func token(_ row: Row) throws -> TokenRecord {
        let id: String = row["id"]
        let owner = try (row["user"] as String?).map(TokenOwner.user) ?? .daemon(DaemonRows.id(row["daemon"] ?? ""))
        guard let kind = AccessToken.Kind(rawValue: row["kind"]), let digest = Database.digest(row["digest"]) else {
            throw StoreError.damagedRow(table: "token", id: id, message: "it has no kind or no digest")
        }
        var token = TokenRecord(id: id, kind: kind, digest: digest, owner: owner, createdAt: row.time("created"))
        token.label = row["label"]
        token.scopes = Set(
            (row["scopes"] as String).split(separator: " ").compactMap { AccessScope(rawValue: String($0)) }
        )
        token.expiresAt = row.optionalTime("expires")
        token.revokedAt = row.optionalTime("revoked")
        token.lastUsedAt = row.optionalTime("used")
        return token
    }

    // MARK: - Audit

    package func audit(_ entry: AuditEntry) async throws(StoreError) {
        try await write { try $0.audit(entry) }
    }

    package func auditLog(before number: Int?, limit: Int) async throws(StoreError) -> [AuditRecord] {
        try await read { database in
            try database.all(
                "SELECT * FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",
                [number ?? Int.max, limit]
            )
            .map { row in
                let entry = AuditEntry(
                    at: row.time("at"),
                    actor: row["actor"],
                    action: row["action"],
                    subject: row["subject"],
                    detail: row["detail"]
                )
                return AuditRecord(number: row["number"], entry: entry)
            }
        }
    }
}

extension StoreTurn {
    func audit(_ entry: AuditEntry) throws {
        try database.run(
            "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
            [entry.at.stored, entry.actor.stored, entry.action.stored, entry.subject.stored, entry.detail.stored]
        )
    }
}

extension TokenOwner {
    fileprivate var columns: (user: String?, daemon: String?) {
        switch self {
        case .user(let id): (id, nil)
        case .daemon(let id): (nil, id.rawValue)
        }
    }
}

extension Database {
    fileprivate func checkOwner(_ owner: TokenOwner) throws {
        switch owner {
        case .user(let id):
            guard try first("SELECT 1 FROM user WHERE id = ?", [id]) != nil else { throw StoreError.unknownUser(id) }
        case .daemon(let id):
            guard try first("SELECT 1 FROM daemon WHERE id = ?", [id.rawValue]) != nil else {
                throw StoreError.unknownDaemon(id)
            }
        }
    }
}
