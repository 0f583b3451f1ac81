import Domain
import NIOHTTP1
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import Notifications

struct WebhookSenderTests {
    private func sender(
        _ url: String,
        allowsPrivate: Bool = true,
        secret: String? = nil,
        lookup: HostLookup = .system,
        tls: TLSConfiguration = .makeClientConfiguration()
    ) throws -> WebhookSender {
        let target = Sample.target { target in
            target.url = url
            target.allowsPrivate = allowsPrivate
        }
        return WebhookSender(
            to: target,
            at: try #require(WebhookAddress(url)),
            secret: secret,
            .init(group: .singletonMultiThreadedEventLoopGroup, tls: tls, lookup: lookup, clock: ContinuousClock())
        )
    }

    @Test func anEventArrivesSigned() async throws {
        let server = try await LocalWebhook([.init(status: .noContent)])
        let sender = try sender("http://localhost:\(server.port)/hook?a=b", secret: "s3cret")
        #expect(await sender.send(Sample.event(), at: Sample.time) == .delivered)
        let request = try #require(server.requests.first)
        #expect(request.path == "/hook?a=b")
        #expect(request.body == JSONWriter.write(Sample.event().json))
        #expect(request.headers.first(name: "Host") == "localhost:\(server.port)")
        #expect(request.headers.first(name: "Content-Type") == "application/json")
        let stamp = try #require(request.headers.first(name: "X-Makima-Timestamp"))
        let code = HMACSHA256.code(for: Array("\(stamp).\(request.body)".utf8), key: Array("s3cret".utf8))
        #expect(request.headers.first(name: "X-Makima-Signature") == "sha256=\(code)")
        try await server.close()
    }

    @Test func whatLeadsElsewhereIsNotFollowed() async throws {
        let other = try await LocalWebhook([.init(status: .ok)])
        let server = try await LocalWebhook([
            .init(status: .found, headers: [("Location", "http://127.0.0.1:\(other.port)/")])
        ])
        let delivery = try await sender("http://127.0.0.1:\(server.port)/").send(Sample.event(), at: Sample.time)
        #expect(delivery == .refused("it leads elsewhere (status 302), which is not followed"))
        #expect(server.requests.count == 1)
        #expect(other.requests.isEmpty)
        try await server.close()
        try await other.close()
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]"])
    func thisMachineIsRefusedAndNotAsked(host: String) async throws {
        let server = try await LocalWebhook([.init(status: .ok)])
        let sender = try sender("https://\(host):\(server.port)/", allowsPrivate: false)
        #expect(await sender.send(Sample.event(), at: Sample.time) == .refused(AddressRefusal.notPublic.sentence))
        #expect(server.requests.isEmpty)
        try await server.close()
    }

    @Test(arguments: [["10.0.0.7"], ["169.254.169.254"], ["8.8.8.8", "192.168.0.1"]])
    func aNameThatLeadsIntoAPrivateNetworkIsRefused(found: [String]) async throws {
        let lookup = HostLookup(found: { _ in found.compactMap { IPAddress($0) } }, own: { [] })
        let sender = try sender("https://hooks.example.org/", allowsPrivate: false, lookup: lookup)
        #expect(await sender.send(Sample.event(), at: Sample.time) == .refused(AddressRefusal.notPublic.sentence))
    }

    @Test func theAddressThatWasJudgedIsTheOneThatIsDialled() async throws {
        let server = try await LocalWebhook([.init(status: .ok)])
        let lookup = HostLookup(found: { _ in [IPAddress("127.0.0.1")].compactMap { $0 } }, own: { [] })
        let sender = try sender("http://nowhere.invalid:\(server.port)/", lookup: lookup)
        #expect(await sender.send(Sample.event(), at: Sample.time) == .delivered)
        #expect(server.requests.first?.headers.first(name: "Host") == "nowhere.invalid:\(server.port)")
        try await server.close()
    }

    @Test func inTheClearIsRefused() async throws {
        let sender = try sender(
            "http://example.org/",
            allowsPrivate: false,
            lookup: HostLookup(found: { _ in [] }, own: { [] })
        )
        #expect(await sender.send(Sample.event(), at: Sample.time) == .refused(AddressRefusal.clear.sentence))
    }

    @Test func troubleIsSaidWithoutTheURL() async throws {
        let server = try await LocalWebhook([.init(status: .ok)])
        try await server.close()
        let nobody = try await sender("http://127.0.0.1:\(server.port)/secret").send(Sample.event(), at: Sample.time)
        #expect(nobody == .failed("nobody listens there"))
        let unknown = try sender("http://nowhere.invalid/secret", lookup: HostLookup(found: { _ in [] }, own: { [] }))
        #expect(await unknown.send(Sample.event(), at: Sample.time) == .failed("its name is not known"))
    }

    @Test func aServiceThatIsDownIsAskedAgain() async throws {
        let server = try await LocalWebhook([.init(status: .serviceUnavailable), .init(status: .ok)])
        let directory = TemporaryDirectory("makima-webhook")
        let url = "http://127.0.0.1:\(server.port)/"
        var schedule = RetrySchedule()
        schedule.first = .milliseconds(10)
        let notifier = Notifier(
            routes: [Notifier.Route(Sample.target { $0.url = url }, by: try sender(url))],
            ledger: LedgerFile("\(directory.path)/notifications.json"),
            surroundings: .init(clock: ContinuousClock(), wallClock: ManualWallClock(), origin: Sample.origin),
            schedule: schedule
        )
        let moments = AsyncStream { line in
            line.yield(Sample.moment(.completed(.verified)))
            line.finish()
        }
        let reports = Reports()
        await notifier.tell(moments, patience: nil) { reports.add($0) }
        #expect(server.requests.count == 2)
        #expect(Set(server.requests.map(\.body)).count == 1)
        #expect(reports.all.isEmpty)
        try await server.close()
    }

    @Test func aCertificateMustBeOfTheNameThatWasAskedFor() async throws {
        let own = try LocalCertificate()
        let server = try await LocalWebhook([.init(status: .ok)], tls: own.server)
        let loopback = HostLookup(found: { _ in [IPAddress("127.0.0.1")].compactMap { $0 } }, own: { [] })
        for (host, arrives) in [("localhost", true), ("127.0.0.1", true), ("hooks.example.org", false)] {
            let url = "https://\(host):\(server.port)/"
            let delivery = try await sender(url, lookup: loopback, tls: own.client)
                .send(Sample.event(), at: Sample.time)
            #expect((delivery == .delivered) == arrives, "\(host): \(delivery)")
        }
        let stranger = try sender("https://localhost:\(server.port)/", lookup: loopback)
        let refused = await stranger.send(Sample.event(), at: Sample.time)
        #expect(refused == .failed("its certificate is not accepted, or it speaks no TLS"))
        #expect(server.requests.count == 2)
        try await server.close()
    }

    @Test(arguments: [
        ("a.example.org", ["a.example.org"], true), ("A.example.org", ["a.EXAMPLE.org"], true),
        ("a.example.org", ["b.example.org", "*.example.org"], true), ("a.b.example.org", ["*.example.org"], false),
        ("example.org", ["*.example.org"], false), ("example.org", ["*.org"], false),
        ("ab.example.org", ["a*.example.org"], false),
        ("a.example.org", [], false), ("a.example.org", ["a.example.org.evil.example"], false),
    ])
    func aCertificateCoversItsNames(host: String, names: [String], covers: Bool) {
        #expect(CertificateNames.cover(host, names) == covers)
    }

    @Test func whatSpeaksNoTLSIsSaidTo() async throws {
        let server = try await LocalWebhook([.init(status: .ok)])
        let delivery = try await sender("https://127.0.0.1:\(server.port)/").send(Sample.event(), at: Sample.time)
        #expect(delivery == .failed("its certificate is not accepted, or it speaks no TLS"))
        #expect(server.requests.isEmpty)
        try await server.close()
    }
}
