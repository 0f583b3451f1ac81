import Domain
import Glibc
import Processes
import Synchronization
import TestSupport
import Testing

/// What programs do to the way out of their sandbox.
@Suite(.timeLimit(.minutes(15)))
struct ProxyServerTests {
    private final class Reports: Sendable {
        private let decisions = Mutex<[NetworkDecision]>([])

        var refusals: [NetworkRefusal?] { decisions.withLock { $0.map(\.refusal) } }
        func add(_ decision: NetworkDecision) { decisions.withLock { $0.append(decision) } }
    }

    private func withProxy(
        headTimeout: Duration = .seconds(600),
        _ body: (_ directory: String, Reports) throws -> Void
    ) throws {
        let directory = TemporaryDirectory()
        let reports = Reports()
        let policy = NetworkPolicy(allowing: [], token: "secret")
        let terms = ProxyServer.Terms(policy: policy, headTimeout: headTimeout) { reports.add($0) }
        let proxy = try ProxyServer(in: directory.path, terms)
        defer { proxy.stop() }
        try body(directory.path, reports)
    }

    private func connect(_ directory: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(directory)/proxy".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let failure = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(failure == 0, "\(errno)")
        return descriptor
    }

    /// All that the proxy says until it closes.
    private func answer(_ descriptor: Int32) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }

    private func ask(_ descriptor: Int32) {
        let request = Array("CONNECT example.org:443 HTTP/1.1\r\n\r\n".utf8)
        _ = send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
    }

    /// A thread and two descriptors for each that a program likes to open would be the end of the makima of all tasks.
    @Test func whoOpensTooManyConnectionsIsTurnedAway() throws {
        try withProxy { directory, reports in
            var open: [Int32] = []
            defer { for descriptor in open { close(descriptor) } }
            for _ in 0..<ProxyServer.mostConnections { open.append(try connect(directory)) }
            for _ in 0..<20 {
                let more = try connect(directory)
                defer { close(more) }
                #expect(answer(more).hasPrefix("HTTP/1.1 503 "))
            }
            #expect(reports.refusals == [.busy])
            // The others are served, and make room.
            for descriptor in open {
                ask(descriptor)
                #expect(answer(descriptor).hasPrefix("HTTP/1.1 407 "))
            }
            var said = ""
            while !said.hasPrefix("HTTP/1.1 407 ") {
                let next = try connect(directory)
                defer { close(next) }
                ask(next)
                said = answer(next)
            }
        }
    }

    @Test func whoSendsAByteNowAndThenIsNotWaitedFor() throws {
        try withProxy(headTimeout: .milliseconds(300)) { directory, _ in
            let descriptor = try connect(directory)
            defer { close(descriptor) }
            var sent = 0
            while send(descriptor, "x", 1, Int32(MSG_NOSIGNAL)) == 1 {
                sent += 1
                usleep(20_000)
            }
            #expect(sent < 3000, "It was closed before that.")
        }
    }
}
