import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Server

struct UpgradeFilterTests {
    private func pass(_ head: HTTPRequestHead) throws -> (seen: HTTPRequestHead?, upgrading: HTTPRequestHead?) {
        let filter = UpgradeFilter()
        let channel = EmbeddedChannel(handler: filter)
        try channel.writeInbound(HTTPServerRequestPart.head(head))
        let part = try channel.readInbound(as: HTTPServerRequestPart.self)
        guard case .head(let seen) = part else { return (nil, filter.upgrading) }
        return (seen, filter.upgrading)
    }

    private func handshake(_ changes: [(String, String?)] = [], method: HTTPMethod = .GET) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", "localhost"), ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
        ])
        for (name, value) in changes {
            headers.remove(name: name)
            if let value { headers.add(name: name, value: value) }
        }
        return HTTPRequestHead(version: .http1_1, method: method, uri: "/", headers: headers)
    }

    @Test func aHandshakePasses() throws {
        let (seen, upgrading) = try pass(handshake())
        #expect(seen?.headers.contains(name: "Upgrade") == true && upgrading != nil)
    }

    @Test(arguments: [
        ("Upgrade", "h2c"), ("Connection", "keep-alive"), ("Sec-WebSocket-Key", nil), ("Sec-WebSocket-Version", "8"),
    ])
    func whatIsNoneIsAnOrdinaryRequest(name: String, value: String?) throws {
        let (seen, upgrading) = try pass(handshake([(name, value)]))
        #expect(seen?.headers.contains(name: "Upgrade") == false && upgrading == nil)
    }

    @Test func onlyGETUpgrades() throws {
        let (seen, upgrading) = try pass(handshake(method: .POST))
        #expect(seen?.headers.contains(name: "Upgrade") == false && upgrading == nil)
    }
}
