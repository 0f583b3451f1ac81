import Domain
import Fleet
import HTTPTypes
import Store
import Wire

/// What can be asked of a server.
struct API: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let dispatch: DispatchService
    let streams: EventStreams
    let orders: TaskOrders
    let surroundings: Surroundings
    let version: String
    let logins: LoginCodes
    let machine: ServerMachine
    let contracts: ContractParts
    /// Known once the port is.
    let cookie: @Sendable () -> BrowserCookie?

    static let root = "/api/v1"
    static let daemonPath = "/api/v1/daemons/connect"

    /// All endpoints, in the order of the documentation.
    var endpoints: [Endpoint] {
        let listed =
            health + metrics + tasks + orderEndpoints + history + questionEndpoints + contractEndpoints
            + daemons + tokens + loginEndpoints
        return listed + [openAPI(listed)]
    }

    private var health: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/health",
                name: "getHealth",
                summary: "Whether the server lives",
                scope: nil,
                success: Endpoint.Success(record: HealthView.self, meaning: "It does.")
            ) { _ in try .json(HealthView()) },
            Endpoint(
                method: .get,
                path: "/ready",
                name: "getReadiness",
                summary: "Whether the server takes requests and reaches its store",
                scope: nil,
                success: Endpoint.Success(record: HealthView.self, meaning: "It does.")
            ) { [store, lines] _ in
                if lines.isShuttingDown { throw APIError.unavailable }
                _ = try await store.counts()
                return try .json(HealthView())
            },
        ]
    }

    private func openAPI(_ listed: [Endpoint]) -> Endpoint {
        Endpoint(
            method: .get,
            path: "\(Self.root)/openapi.json",
            name: "getOpenAPI",
            summary: "This description",
            scope: .viewer,
            success: Endpoint.Success(meaning: "An OpenAPI document.")
        ) { [version] _ in
            let bytes = JSONWriter.bytes(of: try OpenAPIDocument.json(listed, version: version), style: .compact)
            return .record(200, bytes, [.contentType: Endpoint.Content.json.rawValue])
        }
    }

    /// Notes what somebody has done.
    func audit(_ call: Call, _ action: String, _ subject: String, _ detail: String = "") async throws {
        let entry = AuditEntry(
            at: call.at,
            actor: call.callerName,
            action: action,
            subject: subject,
            detail: detail
        )
        try await store.audit(entry)
    }

    /// The name of a new order.
    func newOrder() -> String { "order-\(surroundings.ids.word())" }

    static let limitParameter = Endpoint.Parameter(
        name: "limit",
        kind: .integer(1...200),
        meaning: "How many at most; 50 where left out."
    )
    static let afterParameter = Endpoint.Parameter(
        name: "after",
        kind: .integer(0...1_000_000_000),
        meaning: "From after this position on."
    )
}
