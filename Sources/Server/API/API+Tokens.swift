import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var tokens: [Endpoint] { [listTokens, createToken, rotateToken, revokeToken, listAudit] }

    private var listTokens: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tokens",
            name: "listTokens",
            summary: "List tokens, without their secrets",
            scope: .admin,
            success: Endpoint.Success(record: TokenListView.self, meaning: "All of them.")
        ) { _ in
            var view = TokenListView()
            view.tokens = try await store.tokens(of: nil).map { TokenView($0) }
            return try .json(view)
        }
    }

    private var createToken: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/tokens",
            name: "createToken",
            summary: "Make a token; it is told this once only",
            scope: .admin,
            body: TokenRequest.self,
            success: Endpoint.Success(status: 201, record: TokenView.self, meaning: "The token, with its secret."),
            problems: [409]
        ) { call in
            let request = try call.record(TokenRequest.self)
            let owner: TokenOwner
            if let text = request.daemonId, let daemon = DaemonID(rawValue: text) {
                owner = .daemon(daemon)
            } else if let user = request.userId {
                owner = .user(user)
                try await makeUser(user, at: call.at)
            } else {
                owner = call.caller?.token.owner ?? .user("admin")
            }
            let expiry = request.expiresInSeconds.map { call.at + .seconds($0) }
            return try await issue(owner, request.label, [request.scope.scope], until: expiry, call)
        }
    }

    private func makeUser(_ id: String, at time: Timestamp) async throws {
        guard try await store.users().allSatisfy({ $0.id != id }) else { return }
        try await store.put(UserRecord(id, name: id, createdAt: time))
    }

    private func issue(
        _ owner: TokenOwner,
        _ label: String,
        _ scopes: Set<AccessScope>,
        until expiry: Timestamp?,
        _ call: Call
    ) async throws -> Answer {
        let kind: AccessToken.Kind = scopes.contains(.daemon) ? .daemon : .user
        let token = surroundings.ids.token(kind)
        var record = TokenRecord(token, label: label, owner: owner, scopes: scopes, createdAt: call.at)
        record.expiresAt = expiry
        try await store.addToken(record)
        try await audit(call, "token.created", record.id)
        return try .json(TokenView(record, token: token), status: 201)
    }

    private func known(_ call: Call) async throws -> TokenRecord {
        let id = call.path["tokenId"] ?? ""
        guard let record = try await store.tokens(of: nil).first(where: { $0.id == id }) else {
            throw APIError.missing("token", id)
        }
        return record
    }

    private var rotateToken: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/tokens/{tokenId}/rotate",
            name: "rotateToken",
            summary: "Make a token that may do the same; the old one holds until it is revoked",
            scope: .admin,
            body: PlainRequest.self,
            isBodyOptional: true,
            success: Endpoint.Success(status: 201, record: TokenView.self, meaning: "The new token, with its secret."),
            problems: [409]
        ) { call in
            _ = try call.record(PlainRequest.self)
            let old = try await known(call)
            guard old.revokedAt == nil else { throw APIError(409, "revoked", "The token was revoked.") }
            let expiry = old.expiresAt.map { call.at + ($0 - old.createdAt) }
            return try await issue(old.owner, old.label, old.scopes, until: expiry, call)
        }
    }

    private var revokeToken: Endpoint {
        Endpoint(
            method: .delete,
            path: "\(Self.root)/tokens/{tokenId}",
            name: "revokeToken",
            summary: "Revoke a token; connections that came with it are closed",
            scope: .admin,
            success: Endpoint.Success(record: TokenView.self, meaning: "It is not accepted any more.")
        ) { call in
            let record = try await known(call)
            if try await store.revokeToken(record.id, at: call.at) { try await audit(call, "token.revoked", record.id) }
            lines.end(tokenID: record.id)
            streams.viewers.end(tokenID: record.id)
            return try .json(TokenView(try await known(call)))
        }
    }

    private var listAudit: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/audit",
            name: "listAudit",
            summary: "Show who has done what, newest first",
            scope: .admin,
            query: [
                Self.limitParameter,
                Endpoint.Parameter(
                    name: "before",
                    kind: .integer(0...1_000_000_000),
                    meaning: "The `next` of the page before."
                ),
            ],
            success: Endpoint.Success(record: AuditPageView.self, meaning: "Some of the audit log.")
        ) { call in
            let limit = call.integer("limit") ?? 50
            let records = try await store.auditLog(before: call.integer("before"), limit: limit)
            var view = AuditPageView()
            view.entries = records.map { record in
                var entry = AuditView()
                (entry.number, entry.at, entry.actor) = (record.number, record.entry.at, record.entry.actor)
                (entry.action, entry.subject) = (record.entry.action, record.entry.subject)
                entry.detail = record.entry.detail
                return entry
            }
            view.next = records.count == limit ? records.last?.number : nil
            return try .json(view)
        }
    }
}
