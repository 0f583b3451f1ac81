import Domain
import Testing

struct NetworkPolicyTests {
    private func policy(_ entries: String...) throws -> NetworkPolicy {
        NetworkPolicy(allowing: try entries.map { try #require(AllowedHost($0)) }, token: "secret")
    }

    /// Of `makima:secret`.
    private static let credential = "Proxy-Authorization: Basic bWFraW1hOnNlY3JldA==\r\n"

    private func refusal(
        _ target: String,
        _ policy: NetworkPolicy,
        credential: String = credential
    ) throws -> NetworkRefusal? {
        let head = Array("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(credential)".utf8)
        return policy.refusal(of: try #require(ProxyRequest(head: head)))
    }

    @Test func letsListedHostsThrough() throws {
        let policy = try policy("api.example.com", "*.pages.example", "127.0.0.1:8080", "[2001:db8::1]:443")
        for target in [
            "api.example.com:443", "API.Example.COM.:80", "a.pages.example:443", "a.b.pages.example:443",
            "127.0.0.1:8080", "[2001:DB8:0::1]:443",
        ] {
            #expect(try refusal(target, policy) == nil, "\(target)")
        }
        for target in [
            "example.com:443", "api.example.com:22", "api.example.com:8443", "evilapi.example.com:443",
            "api.example.com.evil.com:443", "pages.example:443", "evilpages.example:443", "127.0.0.1:80",
            "127.0.0.2:8080", "localhost:8080", "[2001:db8::2]:443", "1.1.1.1:443",
        ] {
            #expect(try refusal(target, policy) == .notListed, "\(target)")
        }
    }

    @Test func wantsTheTasksOwnPassword() throws {
        let policy = try policy("a.example")
        for credential in [
            "", "Proxy-Authorization: Basic bWFraW1hOnNlY3JlVA==\r\n", "Proxy-Authorization: Basic \r\n",
            "Proxy-Authorization: Bearer bWFraW1hOnNlY3JldA==\r\n", "Authorization: Basic bWFraW1hOnNlY3JldA==\r\n",
            "Proxy-Authorization: Basic bWFraW1hOnNlY3JldA\r\n",
        ] {
            #expect(try refusal("a.example:443", policy, credential: credential) == .credentialMissing, "\(credential)")
        }
        let loud = "proxy-authorization:   BASIC bWFraW1hOnNlY3JldA==  \r\n"
        #expect(try refusal("a.example:443", policy, credential: loud) == nil)
    }

    @Test func dialsPublicAddressesOnly() throws {
        let policy = try policy("*.example", "127.0.0.1:8080", "10.0.0.7:443")
        func dialable(_ found: [String], _ target: String, own: Set<String> = []) throws -> [IPAddress] {
            policy.dialable(
                try found.map { try #require(IPAddress($0)) },
                for: try #require(HostPort(target.utf8)),
                own: Set(try own.map { try #require(IPAddress($0)) })
            )
        }
        let good = try #require(IPAddress("8.8.8.8"))
        #expect(try dialable(["127.0.0.1"], "rebound.example:443").isEmpty)
        #expect(try dialable(["169.254.169.254", "8.8.8.8", "::1"], "mixed.example:443") == [good])
        #expect(try dialable(["8.8.8.8"], "self.example:443", own: ["8.8.8.8"]).isEmpty)
        #expect(try dialable(["127.0.0.1"], "127.0.0.1:8080", own: ["127.0.0.1"]).count == 1)
        #expect(try dialable(["10.0.0.7"], "10.0.0.7:443").count == 1)
        // An entry for a port is none for the others.
        #expect(try dialable(["10.0.0.7"], "10.0.0.7:8443").isEmpty)
    }

    @Test(arguments: [
        "", "*", "*.", "*.*.com", "a.*.com", "**.com", "a.com:0", "a.com:x", "http://a.com", "a.com/", "*.1.2.3.4",
    ])
    func refusesOtherEntries(_ text: String) {
        #expect(AllowedHost(text) == nil)
    }
}

struct ProxyRequestTests {
    private func read(_ text: String) -> ProxyRequest? { ProxyRequest(head: Array(text.utf8)) }

    @Test func readsATunnel() throws {
        let request = try #require(read("CONNECT Example.com:443 HTTP/1.1\r\nProxy-Authorization: x\r\n"))
        #expect(request.kind == .tunnel)
        #expect("\(request.target)" == "example.com:443")
        #expect(request.credential == "x")
    }

    @Test func forwardsForTheHostThatWasJudgedAndClosesAfterwards() throws {
        let request = try #require(
            read(
                "POST http://a.example:8080/p?q=1 HTTP/1.1\r\nHost: evil.example\r\nConnection: keep-alive, x\r\n"
                    + "Proxy-Authorization: Basic x\r\nProxy-Connection: keep-alive\r\nContent-Length: 3\r\nX-A: b c"
            )
        )
        guard case .forward(let head) = request.kind else {
            Issue.record("it is no tunnel")
            return
        }
        #expect(
            String(decoding: head, as: UTF8.self)
                == "POST /p?q=1 HTTP/1.1\r\nHost: a.example:8080\r\nContent-Length: 3\r\nX-A: b c\r\nConnection: close\r\n\r\n"
        )
    }

    @Test func aPathMayBeLeftOut() throws {
        for (url, line) in [("http://a.example", "GET / "), ("HTTP://a.example?x", "GET /?x ")] {
            guard case .forward(let head) = read("GET \(url) HTTP/1.0\r\n")?.kind else {
                Issue.record("\(url)")
                continue
            }
            #expect(String(decoding: head, as: UTF8.self).hasPrefix(line))
        }
    }

    @Test(arguments: [
        "", "CONNECT", "CONNECT a:443", "CONNECT a HTTP/1.1", "CONNECT a:443 HTTP/2", "CONNECT a:443  HTTP/1.1",
        "CONNECT http://a:443 HTTP/1.1", "CONNECT u@a:443 HTTP/1.1", "CONNECT a\0b:443 HTTP/1.1",
        "GET / HTTP/1.1\r\nHost: a", "GET https://a/ HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET http://u:p@a/ HTTP/1.1",
        "GET http://a#.b/ HTTP/1.1", "GET http://a/\0 HTTP/1.1", "GET http:///x HTTP/1.1", "GET http://a\\b/ HTTP/1.1",
        "GET http://a/ HTTP/1.1\r\nA : b", "GET http://a/ HTTP/1.1\r\nA: b\r\n c", "GET http://a/ HTTP/1.1\nA: b",
        "GET http://a/ HTTP/1.1\r\nA: b\rC: d", "GET http://a/ HTTP/1.1\r\n: b", "G\u{7f}T http://a/ HTTP/1.1",
        "GET http://a/ HTTP/1.1\r\nProxy-Authorization: a\r\nproxy-authorization: b",
    ])
    func refusesWhatIsNoRequestToAProxy(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test func refusesHeadsThatAreTooLong() {
        let head = "CONNECT a:443 HTTP/1.1\r\nA: "
        let room = ProxyRequest.longestHead - head.utf8.count
        #expect(read(head + String(repeating: "b", count: room)) != nil)
        #expect(read(head + String(repeating: "b", count: room + 1)) == nil)
    }

    /// Whatever bytes come, they are refused or have one host; nothing traps.
    @Test func survivesAnything() {
        var generator = SystemRandomNumberGenerator()
        let words = [
            "CONNECT ", "GET http://", "a.example", ":443", " HTTP/1.1", "\r\n", "[", "]", "::", "%", "\0", "@",
        ]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...8, using: &generator)
            let text = (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }.joined()
            if let request = read(text) { #expect(HostPort("\(request.target)".utf8) == request.target) }
        }
    }
}
