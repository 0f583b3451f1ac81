package import Domain
import Glibc
import Processes
import Synchronization

/// The network of a task while it runs: its proxy, and what that decided.
final class TaskNetwork: Sendable {
    /// What programs find in their environment.
    let variables: [String: String]
    /// By it the proxy knows the programs that it serves.
    let token: String
    private let server: ProxyServer
    private let refusals: RefusalBox

    /// Opens the task's way out; the caller holds the task's lock, and closes it.
    ///
    /// `nil` where neither its agent nor a check needs one: they have the whole network, or no network at all.
    ///
    /// `token` is that of programs which are at work already.
    static func open(for task: TaskSpec, in directory: TaskDirectory, token: String? = nil) throws -> TaskNetwork? {
        try open(for: task.sandbox, seen: task.networks, in: directory, token)
    }

    /// The same for what is no task.
    static func open(for spec: SandboxSpec, in directory: TaskDirectory) throws -> TaskNetwork? {
        try open(for: spec, seen: [spec.network], in: directory)
    }

    private static func open(
        for spec: SandboxSpec,
        seen networks: Set<NetworkMode>,
        in directory: TaskDirectory,
        _ token: String? = nil
    ) throws -> TaskNetwork? {
        guard networks.contains(.allowlist), spec.mode != .off else { return nil }
        try makeDirectories(directory.network)
        let new = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        return try TaskNetwork(spec, directory, token: token ?? new)
    }

    private init(_ spec: SandboxSpec, _ directory: TaskDirectory, token: String) throws {
        let log = NetworkLog(path: directory.networkLog)
        let refusals = RefusalBox()
        variables = ProxyVariables.all(token: token)
        self.token = token
        self.refusals = refusals
        server = try ProxyServer(
            in: directory.network,
            ProxyServer.Terms(
                policy: NetworkPolicy(allowing: spec.allowHosts.compactMap { AllowedHost($0) }, token: token),
                uploadLimit: spec.maxUploadMiB.map { $0 << 20 }
            ) { decision in
                log.append(decision)
                refusals.put(decision)
            }
        )
    }

    var profile: SandboxProfile.Network { .proxied(socket: server.socketPath) }

    /// What was refused since the last call, each host and reason once in the life of this object.
    func takeRefusals() -> [NetworkDecision] { refusals.take() }

    func close() { server.stop() }
}

/// Refused requests that nobody was told of yet.
private final class RefusalBox: Sendable {
    private struct Entries {
        var known: Set<NetworkDecision> = []
        var untold: [NetworkDecision] = []
    }

    /// A program that tries thousands of hosts must fill neither the person's screen nor the memory.
    private static let most = 100

    private let entries = Mutex(Entries())

    func put(_ decision: NetworkDecision) {
        guard decision.refusal != nil else { return }
        entries.withLock { entries in
            guard entries.known.count < Self.most, entries.known.insert(decision).inserted else { return }
            entries.untold.append(decision)
        }
    }

    func take() -> [NetworkDecision] {
        entries.withLock { entries in
            defer { entries.untold = [] }
            return entries.untold
        }
    }
}

/// The file in which a task's decisions about its network are kept, one a line.
struct NetworkLog: Sendable {
    let path: String

    /// What is beyond is not written: an agent in a loop must not fill the disk.
    private static let greatest = 4 << 20

    /// A line that cannot be written is lost: the request was decided all the same.
    func append(_ decision: NetworkDecision) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size < Self.greatest else { return }
        let line = Array("\(decision.refusal?.rawValue ?? "allowed") \(decision.target)\n".utf8)
        write(file, line, line.count)
    }

    /// Refused targets with their number, in the order in which they were first refused.
    func refusals() -> [NetworkRefusalCount] {
        var counts: [NetworkRefusalCount] = []
        var places: [NetworkDecision: Int] = [:]
        for line in lines() {
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2, let refusal = NetworkRefusal(rawValue: String(words[0])) else { continue }
            let decision = NetworkDecision(target: String(words[1]), refusal: refusal)
            if let place = places[decision] {
                counts[place].count += 1
            } else {
                places[decision] = counts.count
                counts.append(NetworkRefusalCount(target: decision.target, refusal: refusal, count: 1))
            }
        }
        return counts
    }

    private func lines() -> [Substring] {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Self.greatest {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}

/// How often a task was kept from something of the network.
package struct NetworkRefusalCount: Hashable, Sendable {
    /// `host:port`; empty where the requests could not be read.
    package var target: String
    package var refusal: NetworkRefusal
    package var count: Int

    package init(target: String, refusal: NetworkRefusal, count: Int) {
        self.target = target
        self.refusal = refusal
        self.count = count
    }
}
