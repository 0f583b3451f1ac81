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
        /// Called on a thread of the proxy.
        package var report: @Sendable (NetworkDecision) -> Void

        package init(
            policy: NetworkPolicy,
            uploadLimit: Int? = nil,
            report: @escaping @Sendable (NetworkDecision) -> Void
        ) {
            self.policy = policy
            self.uploadLimit = uploadLimit
            self.report = report
        }
    }

    private static let mostConnections = 128

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
        LoopThread.start { [self] in accept() }
    }

    /// Ends all connections; no more are made.
    package func stop() {
        ledger.stop()
        unlink(socketPath)
    }

    private func accept() {
        while true {
            let client = cs_accept(listener)
            if client < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                // Out of descriptors: others end in a moment.
                if errno == EMFILE || errno == ENFILE, !ledger.isStopped {
                    usleep(50_000)
                    continue
                }
                break
            }
            guard ledger.add(client) else {
                close(client)
                break
            }
            let isFull = ledger.count > Self.mostConnections
            LoopThread.start { [terms, ledger] in
                ProxyConnection(client: client, terms: terms, ledger: ledger).serve(isRefused: isFull)
                ledger.close(client)
            }
        }
        ledger.close(listener)
    }
}

/// The open descriptors of a proxy and the bytes it has carried; shared by its threads.
final class ProxyLedger: Sendable {
    private struct Entries {
        var open: Set<Int32> = []
        var isStopped = false
        var sent = 0
    }

    private let entries = Mutex(Entries())

    var count: Int { entries.withLock { $0.open.count } }
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

    func close(_ descriptor: Int32) {
        entries.withLock { entries in
            entries.open.remove(descriptor)
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
