import CLinux
package import Domain
import Glibc

/// One connection of a program to the proxy, from its request to its end.
struct ProxyConnection {
    let client: Int32
    let terms: ProxyServer.Terms
    let ledger: ProxyLedger

    private static let dialTimeoutMilliseconds: Int32 = 15_000

    /// Blocks until the connection has ended.
    ///
    /// The caller closes the client's descriptor.
    func serve() {
        // One that says nothing, or not enough, wanted nothing.
        guard let (head, rest) = readHead() else { return }
        guard let request = ProxyRequest(head: head) else { return refuse("", .malformed) }
        let target = "\(request.target)"
        if let refusal = terms.policy.refusal(of: request) { return refuse(target, refusal) }
        switch dial(request.target) {
        case .failure(let refusal): refuse(target, refusal)
        case .success(let server):
            guard ledger.add(server) else {
                close(server)
                return
            }
            terms.report(NetworkDecision(target: target, refusal: nil))
            carry(request, rest, to: server)
            ledger.close(server)
        }
    }

    private func carry(_ request: ProxyRequest, _ rest: [UInt8], to server: Int32) {
        cs_set_nonblocking(client)
        var relay = Relay(client: client, server: server) { [ledger, limit = terms.uploadLimit] count in
            ledger.maySend(count, of: limit)
        }
        switch request.kind {
        case .tunnel:
            relay.give(client: Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8), server: rest)
        case .forward(let head):
            relay.give(client: [], server: head + rest)
        }
        if relay.run() == .refused {
            terms.report(NetworkDecision(target: "\(request.target)", refusal: .budgetUsed))
        }
    }

    /// Looks a name up once and dials what was judged.
    private func dial(_ target: HostPort) -> Result<Int32, NetworkRefusal> {
        let found = NetworkAddresses.found(for: target.host)
        guard !found.isEmpty else { return .failure(.unknownHost) }
        guard let own = NetworkAddresses.own() else { return .failure(.notPublic) }
        let addresses = terms.policy.dialable(found, for: target, own: own)
        guard !addresses.isEmpty else { return .failure(.notPublic) }
        for address in addresses {
            let server = cs_tcp_connect(
                address.bytes,
                Int32(address.bytes.count),
                target.port,
                Self.dialTimeoutMilliseconds
            )
            if server >= 0 { return .success(server) }
        }
        return .failure(.unreachable)
    }

    /// Reads up to the empty line; `nil` where none comes in time.
    private func readHead() -> (head: [UInt8], rest: [UInt8])? {
        let end = Array("\r\n\r\n".utf8)
        // For all of it: who sends a byte now and then is not waited for either.
        var left = terms.headTimeout.milliseconds
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8 << 10)
        while bytes.count <= ProxyRequest.longestHead {
            guard cs_await_readable(client, &left) > 0 else { return nil }
            let count = read(client, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            let begin = max(0, bytes.count - end.count)
            bytes += buffer[..<count]
            for index in begin..<max(begin, bytes.count - 3) where bytes[index..<(index + 4)].elementsEqual(end) {
                return (Array(bytes[..<index]), Array(bytes[(index + 4)...]))
            }
        }
        // Too long: refused as what cannot be read.
        return (bytes, [])
    }

    /// Answers a connection for which there is no room, without waiting for anything.
    static func turnAway(_ client: Int32) {
        let answer = Array(answer(.busy).utf8)
        cs_set_nonblocking(client)
        _ = cs_send(client, answer, answer.count)
    }

    private func refuse(_ target: String, _ refusal: NetworkRefusal) {
        // A program may ask whether a password is wanted before it gives it.
        if refusal != .credentialMissing { terms.report(NetworkDecision(target: target, refusal: refusal)) }
        let bytes = Array(Self.answer(refusal).utf8)
        // It fits into the socket's buffer; a program that has gone does not want it.
        _ = cs_send(client, bytes, bytes.count)
        shutdown(client, Int32(SHUT_WR))
        drain()
    }

    private static func answer(_ refusal: NetworkRefusal) -> String {
        let text = "makima does not let this through: \(refusal.sentence).\n"
        let challenge = refusal == .credentialMissing ? "Proxy-Authenticate: Basic realm=\"makima\"\r\n" : ""
        return
            "HTTP/1.1 \(refusal.statusLine)\r\n\(challenge)Content-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(text)"
    }

    /// Reads what the program still sends, for a moment: closing at once would take the answer away from it.
    private func drain() {
        cs_set_read_timeout(client, 1)
        var buffer = [UInt8](repeating: 0, count: 8 << 10)
        for _ in 0..<64 {
            guard read(client, &buffer, buffer.count) > 0 else { return }
        }
    }
}

/// Addresses as this machine sees them.
package enum NetworkAddresses {
    private static let most = 64

    package static func found(for host: HostName) -> [IPAddress] {
        switch host {
        case .address(let address): return [address]
        case .name(let name): return collect { cs_resolve(name, $0, $1) } ?? []
        }
    }

    /// `nil` where they cannot be told.
    package static func own() -> Set<IPAddress>? { collect(cs_own_addresses).map(Set.init) }

    private static func collect(
        _ fill: (UnsafeMutablePointer<cs_address>, Int32) -> Int32
    ) -> [IPAddress]? {
        withUnsafeTemporaryAllocation(of: cs_address.self, capacity: most) { room in
            guard let start = room.baseAddress else { return nil }
            let count = fill(start, Int32(most))
            guard count >= 0 else { return nil }
            return room.prefix(Int(count))
                .compactMap { entry in
                    let bytes = withUnsafeBytes(of: entry.bytes, Array.init)
                    return IPAddress(bytes: Array(bytes.prefix(Int(entry.count))))
                }
        }
    }
}
