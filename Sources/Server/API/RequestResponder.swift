import Domain
import Fleet
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Store
import Wire

/// Answers requests: who may ask, which endpoint it is, what comes of it.
struct RequestResponder: Sendable {
    let table: EndpointTable
    let authenticator: Authenticator
    let limits: ServerLimits
    let surroundings: Surroundings
    /// Known once the port is.
    let hostRules: @Sendable () -> HostRules?
    let files: DashboardFiles
    /// Known once the port is.
    let cookie: @Sendable () -> BrowserCookie?

    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let answer: Answer
        var rest = BodyRest(request.headers)
        do {
            answer = try await self.answer(request, channel, &rest)
        } catch {
            let problem = problem(for: error)
            note(problem.problem.status)
            // The rest of a body that is too large, or does not come, is not waited for.
            if [408, 413].contains(problem.problem.status) { rest = .long }
            try await writer.write(response: head(problem).closing(rest), body: body(problem))
            return try close(rest)
        }
        switch answer {
        case .record(let status, let bytes, let fields):
            note(status)
            let response = HTTPResponse(
                status: HTTPResponse.Status(code: status),
                headerFields: fields.secured.with(length: bytes.count)
            )
            let body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            try await writer.write(response: response.closing(rest), body: body)
        case .stream(let fields, let write, let end):
            defer { end() }
            note(200)
            var body: any ResponseBodyWriter = try await writer.writeHead(
                HTTPResponse(status: .ok, headerFields: fields.secured).closing(rest)
            )
            try await write(&body, channel)
            try await body.finish(nil)
        }
        try close(rest)
    }

    private func note(_ status: Int) { surroundings.meter.count { $0.requests[status, default: 0] += 1 } }

    /// Ends the connection where more of a body may come than is read for nothing.
    private func close(_ rest: BodyRest) throws { if rest == .long { throw ChannelError.inputClosed } }

    // MARK: - What is asked

    /// `rest` is what is left of the body.
    private func answer(_ request: Request, _ channel: any Channel, _ rest: inout BodyRest) async throws -> Answer {
        if let page = try page(request) { return page }
        try checkOrigin(request.head)
        guard let path = request.head.path, path.hasPrefix("/") else {
            throw APIError(400, "malformed_target", "The target of the request is to be a path.")
        }
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let match = table.match(request.method, String(parts[0]))
        var caller: Caller?
        if !match.isOpen { caller = try await self.caller(of: request.head, channel) }
        guard case .found(let endpoint, let parameters) = match else { throw match.error(String(parts[0])) }
        if let scope = endpoint.scope, caller?.may(scope) != true { throw APIError.forbidden(scope.rawValue) }
        let query = try Query.parse(parts.count > 1 ? parts[1] : nil, for: endpoint)
        let body = try await body(of: request, for: endpoint, &rest)
        let call = Call(
            endpoint: endpoint.name,
            path: parameters,
            query: query,
            headers: request.headers,
            body: body,
            caller: caller,
            at: surroundings.now()
        )
        return try await endpoint.run(call)
    }

    /// The dashboard itself, which is nobody's secret, and may be come to from anywhere; `nil` for everything else.
    private func page(_ request: Request) throws -> Answer? {
        let head = request.head
        guard head.method == .get, let path = head.path?.prefix(while: { $0 != "?" }), let file = files.file(at: path)
        else { return nil }
        if try refusal(of: head) == .host { throw wrongHost }
        var fields: HTTPFields = [
            .contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache",
            .securityPolicy: DashboardFiles.policy, .openerPolicy: "same-origin",
        ]
        guard head.headerFields[.ifNoneMatch] != file.tag else {
            fields[.contentType] = nil
            return .record(304, [], fields)
        }
        return .record(200, file.bytes, fields)
    }

    /// Throws where the request was not meant for this server, or may not come from where it comes.
    func checkOrigin(_ head: HTTPRequest) throws {
        switch try refusal(of: head) {
        case nil: return
        case .host?: throw wrongHost
        case .origin?, .crossSite?: throw wrongOrigin
        }
    }

    private func refusal(of head: HTTPRequest) throws -> HostRules.Refusal? {
        guard let rules = hostRules() else { throw APIError.unavailable }
        let claims = HostRules.Claims(
            host: head.authority,
            origins: head.headerFields[values: .origin],
            fetchSite: head.headerFields[.secFetchSite],
            changes: head.method != .get
        )
        return rules.refusal(of: claims)
    }

    private var wrongHost: APIError {
        APIError(
            421,
            "wrong_host",
            "The request names a host that is not this server.",
            hint: "Add the name to the server's host names where it is right."
        )
    }

    private var wrongOrigin: APIError {
        APIError(403, "wrong_origin", "The request comes from a page that may not ask this server.")
    }

    func caller(of head: HTTPRequest, _ channel: any Channel) async throws -> Caller {
        let address = channel.remoteAddress?.ipAddress ?? "local"
        let fields = head.headerFields[values: .authorization]
        guard fields.isEmpty, let token = cookie()?.token(in: head.headerFields[values: .cookie]) else {
            return try await authenticator.caller(Credential(fields), from: address)
        }
        // A browser says where a request that changes something comes from; what does not is none of its pages.
        if head.method != .get, head.headerFields[values: .origin].count != 1 { throw wrongOrigin }
        return try await authenticator.caller(.token(token), from: address)
    }

    private func body(of request: Request, for endpoint: Endpoint, _ rest: inout BodyRest) async throws -> [UInt8] {
        guard endpoint.body != nil else { return [] }
        let isEmpty = request.headers[.contentLength].map { $0 == "0" } ?? (request.headers[.transferEncoding] == nil)
        if isEmpty {
            if endpoint.isBodyOptional { return [] }
            throw APIError(400, "body_missing", "The request needs a body.")
        }
        let type = (request.headers[.contentType] ?? "").split(separator: ";").first.map { String($0).trimmed }
        guard type?.lowercased() == "application/json" else {
            throw APIError(415, "unsupported_type", "The body is to be of the type 'application/json'.")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.bodyBytes {
            throw tooLarge
        }
        let bytes = try await collect(request.body)
        rest = .none
        return bytes
    }

    private var tooLarge: APIError {
        APIError(413, "too_large", "The body has more than \(limits.bodyBytes) bytes.")
    }

    private func collect(_ body: RequestBody) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await buffer in body {
                    guard bytes.count + buffer.readableBytes <= limits.bodyBytes else { throw tooLarge }
                    bytes += buffer.readableBytesView
                }
                return bytes
            }
            group.addTask {
                try await surroundings.clock.sleep(for: limits.bodyTime)
                return nil
            }
            defer { group.cancelAll() }
            guard let bytes = try await group.next() ?? nil else {
                throw APIError(408, "too_slow", "The body did not come in time.")
            }
            return bytes
        }
    }

    // MARK: - What is answered

    private func problem(for error: any Error) -> APIError {
        switch error {
        case let problem as APIError: return problem
        case let refused as WireError: return encoding(refused)
        case let refused as StoreError:
            if let problem = APIError(refused) { return problem }
            surroundings.logger.error("The store has failed.", metadata: ["error": "\(refused)"])
        case is CancellationError: return .unavailable
        default: surroundings.logger.error("A request has failed.", metadata: ["error": "\(error)"])
        }
        return .internalError
    }

    /// Bodies are read with their own errors; what is left is an answer that could not be written.
    private func encoding(_ error: WireError) -> APIError {
        surroundings.logger.error("An answer cannot be written.", metadata: ["error": "\(error)"])
        return .internalError
    }

    private func head(_ error: APIError) -> HTTPResponse {
        var fields = error.headers.secured
        fields[.contentType] = "application/problem+json"
        fields[.contentLength] = "\(bytes(error).count)"
        return HTTPResponse(status: HTTPResponse.Status(code: error.problem.status), headerFields: fields)
    }

    private func body(_ error: APIError) -> ResponseBody {
        ResponseBody(byteBuffer: ByteBuffer(bytes: bytes(error)))
    }

    private func bytes(_ error: APIError) -> [UInt8] {
        do throws(WireError) {
            return try APIText.encode(error.problem)
        } catch {
            return Array(#"{"code":"internal","message":"The server has failed.","status":500}"#.utf8)
        }
    }
}

extension EndpointTable.Match {
    fileprivate var isOpen: Bool {
        guard case .found(let endpoint, _) = self else { return false }
        return endpoint.scope == nil
    }

    fileprivate func error(_ path: String) -> APIError {
        switch self {
        case .found, .none: APIError(404, "unknown_address", "There is nothing at '\(path.prefix(200))'.")
        case .otherMethods(let methods): .methodNotAllowed(methods)
        }
    }
}

extension HTTPResponse {
    /// Says so where the connection ends with it.
    fileprivate func closing(_ rest: BodyRest) -> HTTPResponse {
        guard rest == .long else { return self }
        var response = self
        response.headerFields[.connection] = "close"
        return response
    }
}

extension HTTPFields {
    /// With what keeps a browser from doing anything else with an answer.
    fileprivate var secured: HTTPFields {
        var fields = self
        fields[.contentTypeOptions] = "nosniff"
        fields[.referrerPolicy] = "no-referrer"
        fields[.resourcePolicy] = "same-origin"
        if fields[.securityPolicy] == nil { fields[.securityPolicy] = "default-src 'none'; frame-ancestors 'none'" }
        if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
        return fields
    }

    fileprivate func with(length: Int) -> HTTPFields {
        var fields = self
        fields[.contentLength] = "\(length)"
        return fields
    }
}
