import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Server

struct RequestTargetTests {
    private func settled(_ target: String, hosts: [String]) -> (target: String, hosts: [String]) {
        let headers = HTTPHeaders(hosts.map { ("Host", $0) })
        let received = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers)
        let head = RequestTarget.settled(received)
        return (head.uri, head.headers["Host"])
    }

    @Test(arguments: [
        ("/a?b", ["h:1"], "/a?b", ["h:1"]), ("/a", ["h", "h"], "/a", []), ("/a", [], "/a", []),
        ("http://h:1/a?b=/c", ["H:1"], "/a?b=/c", ["H:1"]), ("HTTPS://h", ["h"], "/", ["h"]),
        ("http://h?b", ["h"], "/?b", ["h"]), ("http://evil/a", ["h"], "/a", []), ("http://h/a", ["h", "h"], "/a", []),
        ("http://user@h/a", ["h"], "/a", []), ("http:/a", ["h"], "*", ["h"]), ("foo:/a", ["h"], "*", ["h"]),
        ("h:443", ["h"], "*", ["h"]), ("", ["h"], "*", ["h"]), ("//evil/a", ["h"], "//evil/a", ["h"]),
    ])
    func aRequestIsForOneHost(target: String, hosts: [String], path: String, left: [String]) {
        let found = settled(target, hosts: hosts)
        #expect(found.target == path && found.hosts == left)
    }

    /// Sends requests as they are, over one connection; the status lines of the answers.
    private func statuses(_ port: Int, _ requests: [String]) async throws -> [String] {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var text = ""
            var iterator = inbound.makeAsyncIterator()
            for (index, request) in requests.enumerated() {
                try await outbound.write(ByteBuffer(string: request))
                while text.statuses.count < index + 1, let buffer = try await iterator.next() {
                    text += String(buffer: buffer)
                }
            }
            return text.statuses
        }
    }

    @Test(.timeLimit(.minutes(15))) func aSocketThatNamesTwoHostsIsRefused() async throws {
        let (found, first) = try await ServerBench.run { bench in
            let own = "127.0.0.1:\(bench.port)"
            func get(_ target: String, _ hosts: String...) -> String {
                "GET \(target) HTTP/1.1\r\n\(hosts.map { "Host: \($0)\r\n" }.joined())\r\n"
            }
            let requests = [
                get("/health", own), get("/health", own, "evil.example"), get("/health", "evil.example", own),
                get("http://evil.example/health", own), get("http://\(own)/health", own),
                get("/health", own, own), get("/health"),
            ]
            return (
                try await statuses(bench.port, requests),
                try await statuses(bench.port, [get("http://evil.example/health", own)])
            )
        }
        #expect(found == ["200", "421", "421", "421", "200", "421", "421"])
        #expect(first == ["421"], "also as the first of a connection")
    }
}

extension String {
    /// Of the answers that it holds; a head may follow a body without a line break.
    fileprivate var statuses: [String] {
        var (statuses, rest) = ([String](), self[...])
        while let range = rest.firstRange(of: "HTTP/1.1 ") {
            rest = rest[range.upperBound...]
            statuses.append(String(rest.prefix(3)))
        }
        return statuses
    }
}
