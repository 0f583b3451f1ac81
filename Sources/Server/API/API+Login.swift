import Domain
import Fleet
import HTTPTypes
import Store
import Wire

extension API {
    var loginEndpoints: [Endpoint] { [createLoginCode, login, logout, getCaller, listSettings, listChecks, getDiff] }

    private var createLoginCode: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/login-codes",
            name: "createLoginCode",
            summary: "Make a code that lets a browser in, with the rights of who asks",
            scope: .viewer,
            success: Endpoint.Success(status: 201, record: LoginCodeView.self, meaning: "The code."),
            problems: [409]
        ) { call in
            guard let token = call.caller?.token, case .user = token.owner else {
                throw APIError(409, "no_person", "Only a person can be let in.")
            }
            var view = LoginCodeView()
            view.code = surroundings.ids.word() + surroundings.ids.word()
            view.expiresAt = call.at + LoginCodeBook.lifetime
            let grant = LoginCodeBook.Grant(
                owner: token.owner,
                scopes: token.scopes,
                tokenID: token.id,
                until: view.expiresAt
            )
            logins.add(view.code, grant, at: call.at)
            try await audit(call, "login.offered", token.id)
            return try .json(view, status: 201)
        }
    }

    private var login: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/login",
            name: "login",
            summary: "Let a browser in: it is given a cookie",
            scope: nil,
            body: LoginRequest.self,
            success: Endpoint.Success(record: HealthView.self, meaning: "It is let in."),
            problems: [401]
        ) { call in
            let request = try call.record(LoginRequest.self)
            guard let cookie = cookie(), let grant = logins.redeem(request.code, at: call.at) else {
                throw APIError(401, "void_code", "The code is void.", hint: "Make another with 'makima open'.")
            }
            let token = surroundings.ids.token(.user)
            var record = TokenRecord(
                token,
                label: "browser",
                owner: grant.owner,
                scopes: grant.scopes,
                createdAt: call.at
            )
            record.expiresAt = call.at + BrowserCookie.lifetime
            try await store.addToken(record)
            let actor = Caller(token: record).name
            try await store.audit(AuditEntry(at: call.at, actor: actor, action: "login.done", subject: record.id))
            return try Self.answer(HealthView(), setting: cookie.setting(token))
        }
    }

    private var logout: Endpoint {
        Endpoint(
            method: .post,
            path: "\(Self.root)/logout",
            name: "logout",
            summary: "Revoke the token of the request, and let the browser forget its cookie",
            scope: .viewer,
            success: Endpoint.Success(record: HealthView.self, meaning: "It is not accepted any more.")
        ) { call in
            if let id = call.caller?.token.id, try await store.revokeToken(id, at: call.at) {
                try await audit(call, "token.revoked", id)
                streams.viewers.end(tokenID: id)
            }
            return try Self.answer(HealthView(), setting: cookie()?.clearing)
        }
    }

    private static func answer(_ record: some WireRecord, setting cookie: String?) throws -> Answer {
        var fields: HTTPFields = [.contentType: Endpoint.Content.json.rawValue]
        if let cookie { fields[.setCookie] = cookie }
        return .record(200, try APIText.encode(record), fields)
    }

    private var getCaller: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/me",
            name: "getCaller",
            summary: "Show who asks, and what they may",
            scope: .viewer,
            success: Endpoint.Success(record: CallerView.self, meaning: "Who asks.")
        ) { call in
            var view = CallerView()
            view.name = call.callerName
            if case .user(let id)? = call.caller?.token.owner {
                view.userId = id
                view.name = try await store.users().first { $0.id == id }?.name ?? id
            }
            let scopes: [AccessScope] = [.admin, .operator, .viewer]
            view.scope = WireScope(scopes.first { call.caller?.may($0) ?? false } ?? .viewer)
            return try .json(view)
        }
    }

    private var listSettings: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/settings",
            name: "listSettings",
            summary: "List the settings of the server's machine, and where they come from",
            scope: .admin,
            success: Endpoint.Success(record: SettingListView.self, meaning: "All of them.")
        ) { _ in
            var view = SettingListView()
            view.settings = try await machine.settings()
            return try .json(view)
        }
    }

    private var listChecks: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/repositories/checks",
            name: "listChecks",
            summary: "List the checks that a repository of the server's machine names",
            scope: .operator,
            query: [
                Endpoint.Parameter(name: "path", kind: .text(upTo: 4096), meaning: "Where it is; absolute.")
            ],
            success: Endpoint.Success(record: CheckListView.self, meaning: "Those, or none.")
        ) { call in
            var view = CheckListView()
            if let path = call.query["path"], path.hasPrefix("/") { view.checks = try await machine.checks(path) }
            return try .json(view)
        }
    }

    private var getDiff: Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/tasks/{taskId}/diff",
            name: "getDiff",
            summary: "Show what a task has changed, where the server's machine has its files",
            scope: .viewer,
            query: [
                Endpoint.Parameter(
                    name: "iteration",
                    kind: .integer(1...1_000_000),
                    meaning: "Only what this one has changed; without it, all since the base."
                )
            ],
            success: Endpoint.Success(content: .text, meaning: "A diff as git makes it.")
        ) { call in
            let id = try call.taskID()
            guard let task = try await store.task(id) else { throw APIError.missing("task", id.rawValue) }
            guard let diff = try await machine.diff(id, call.integer("iteration")) else {
                let place = (task.assignment?.daemon ?? task.home).map { "They are at the daemon '\($0)'." }
                throw APIError(
                    404,
                    "not_here",
                    "The files of the task are not on the server's machine. \(place ?? "No daemon has any yet.")"
                )
            }
            return .record(200, diff, [.contentType: Endpoint.Content.text.rawValue])
        }
    }
}
