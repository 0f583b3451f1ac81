import CLinux
package import Domain
import Glibc
import Synchronization

/// The way out of a sandbox without network: an HTTP proxy on a unix socket, which is bound into the sandbox.
///
/// One for each run of a task. A thread for each connection: an agent has a few, and each waits for its own dialling and
/// name, so that none holds up another. It ends with ``stop()``.
package final class ProxyServer: Sendable {
    /// Who decides, and who hears of it.
    package struct Terms: Sendable {
        package var policy: NetworkPolicy
        /// How many bytes may be sent out by all connections together; no limit by default.
        package var uploadLimit: Int?
        /// From the beginning of a connection to the end of its request's head.
        package var headTimeout: Duration
        /// Called on a thread of the proxy.
        package var report: @Sendable (NetworkDecision) -> Void

        package init(
            policy: NetworkPolicy,
            uploadLimit: Int? = nil,
            headTimeout: Duration = .seconds(30),
            report: @escaping @Sendable (NetworkDecision) -> Void
        ) {
            self.policy = policy
            self.uploadLimit = uploadLimit
            self.headTimeout = headTimeout
            self.report = report
        }
    }

    /// With the other end of each that is twice as many descriptors, of the thousand or so that makima may have.
    package static let mostConnections = 64

    package let socketPath: String
    private let listener: Int32
    private let terms: Terms
    private let ledger = ProxyLedger()

    /// Listens at `name` in `directory`, which exists and is the user's own.
    package init(in directory: String, named name: String = "proxy", _ terms: Terms) throws(ProcessError) {
        socketPath = "\(directory)/\(name)"
        let listener = cs_unix_listen(directory, name)
        guard listener >= 0 else { throw .systemCallFailed("listen", subject: socketPath, errno: errno) }
        self.listener = listener
        self.terms = terms
        ledger.add(listener)
        guard LoopThread.start({ [self] in accept() }) else {
            ledger.close(listener)
            throw .systemCallFailed("pthread_create", subject: socketPath, errno: EAGAIN)
        }
    }

    /// Ends all connections; no more are made.
    package func stop() {
        ledger.stop()
        unlink(socketPath)
    }

    private func accept() {
        var isFull = false
        while true {
            let client = cs_accept(listener)
            if client < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                guard !ledger.isStopped, errno != EBADF, errno != EINVAL else { break }
                // Out of descriptors or memory: others end in a moment.
                usleep(50_000)
                continue
            }
            guard ledger.addClient(client) else {
                close(client)
                break
            }
            guard ledger.clients <= Self.mostConnections, serve(client) else {
                // Told once, however many a program wants.
                if !isFull { terms.report(NetworkDecision(target: "", refusal: .busy)) }
                isFull = true
                ProxyConnection.turnAway(client)
                ledger.closeClient(client)
                continue
            }
            isFull = false
        }
        ledger.close(listener)
    }

    /// Whether there is a thread for it.
    private func serve(_ client: Int32) -> Bool {
        LoopThread.start { [terms, ledger] in
            ProxyConnection(client: client, terms: terms, ledger: ledger).serve()
            ledger.closeClient(client)
        }
    }
}

/// The open descriptors of a proxy and the bytes it has carried; shared by its threads.
final class ProxyLedger: Sendable {
    private struct Entries {
        var open: Set<Int32> = []
        var clients = 0
        var isStopped = false
        var sent = 0
    }

    private let entries = Mutex(Entries())

    /// How many connections of programs are open.
    var clients: Int { entries.withLock { $0.clients } }
    var isStopped: Bool { entries.withLock { $0.isStopped } }

    /// Whether the descriptor is in the ledger now; not so when the proxy was stopped.
    @discardableResult
    func add(_ descriptor: Int32) -> Bool {
        entries.withLock { entries in
            guard !entries.isStopped else { return false }
            entries.open.insert(descriptor)
            return true
        }
    }

    func addClient(_ descriptor: Int32) -> Bool {
        entries.withLock { entries in
            guard !entries.isStopped else { return false }
            entries.open.insert(descriptor)
            entries.clients += 1
            return true
        }
    }

    func close(_ descriptor: Int32) { close(descriptor, clients: 0) }

    func closeClient(_ descriptor: Int32) { close(descriptor, clients: 1) }

    private func close(_ descriptor: Int32, clients: Int) {
        entries.withLock { entries in
            entries.open.remove(descriptor)
            entries.clients -= clients
            Glibc.close(descriptor)
        }
    }

    /// Lets every thread that waits for a descriptor go on, and end.
    func stop() {
        entries.withLock { entries in
            entries.isStopped = true
            for descriptor in entries.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Whether so many bytes more may be sent out; they then count.
    func maySend(_ bytes: Int, of limit: Int?) -> Bool {
        entries.withLock { entries in
            guard let limit else { return true }
            guard entries.sent + bytes <= limit else { return false }
            entries.sent += bytes
            return true
        }
    }
}
