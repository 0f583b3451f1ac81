import Domain
import Fleet
import HTTPTypes
import Store
import Wire

/// A request that was let in.
struct Call: Sendable {
    let endpoint: String
    /// Of the path, by name.
    let path: [String: String]
    let query: [String: String]
    let headers: HTTPFields
    let body: [UInt8]
    /// `nil` for an endpoint that is open to everyone.
    let caller: Caller?
    let at: Timestamp

    var callerName: String { caller?.name ?? "" }

    /// The body as a record; an empty one is a record without fields where that is allowed.
    func record<Record: WireRecord>(_ type: Record.Type = Record.self) throws -> Record {
        do throws(WireError) {
            return try APIText.decode(body.isEmpty ? Array("{}".utf8) : body, as: type)
        } catch { throw APIError(error) }
    }

    func taskID() throws -> TaskID {
        let text = path["taskId"] ?? ""
        guard let id = TaskID(rawValue: text) else { throw APIError.missing("task", text) }
        return id
    }

    func daemonID() throws -> DaemonID {
        let text = path["daemonId"] ?? ""
        guard let id = DaemonID(rawValue: text) else { throw APIError.missing("daemon", text) }
        return id
    }

    /// A number of the path, which names something.
    func number(_ name: String) throws -> Int {
        guard let number = Int(path[name] ?? ""), number >= 0 else {
            throw APIError.missing(name, path[name] ?? "")
        }
        return number
    }

    /// A number of the query, which was checked before.
    func integer(_ name: String) -> Int? { query[name].flatMap { Int($0) } }

    /// What the client calls this request, so that it can send it again.
    func key() throws -> String? {
        let fields = headers[values: .idempotencyKey]
        guard let key = fields.first else { return nil }
        guard fields.count == 1, (1...200).contains(key.utf8.count),
            key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw APIError(
                400,
                "malformed_key",
                "'Idempotency-Key' is to have 1 to 200 visible ASCII characters.",
                field: "Idempotency-Key"
            )
        }
        return key
    }

    /// The same with who asks, and for what: with the same key of the same caller nothing else is asked for.
    func requestKey() throws -> RequestKey? {
        try key()
            .map { key in
                let target = [endpoint] + path.sorted { $0.key < $1.key }.map(\.value)
                let request = Array(target.joined(separator: "\n").utf8) + [0x0A] + body
                return RequestKey("\(callerName)\n\(key)", fingerprint: SHA256Digest(of: request))
            }
    }

    var condition: ETag.Condition { ETag.Condition(headers[.ifMatch]) }
}

extension HTTPField.Name {
    static let idempotencyKey = constant("Idempotency-Key")
    static let lastEventID = constant("Last-Event-ID")
    static let secFetchSite = constant("Sec-Fetch-Site")
    static let contentTypeOptions = constant("X-Content-Type-Options")
    static let referrerPolicy = constant("Referrer-Policy")
    static let resourcePolicy = constant("Cross-Origin-Resource-Policy")
    static let openerPolicy = constant("Cross-Origin-Opener-Policy")
    static let securityPolicy = constant("Content-Security-Policy")

    /// A name that is known to be one.
    private static func constant(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no name of a field.") }
        return field
    }
}
