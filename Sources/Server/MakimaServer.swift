package import Domain
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
package import Store
import Synchronization
import WebSockets

/// A server: it owns tasks, and decides which daemon runs them.
package final class MakimaServer: Sendable {
    private enum Phase: Sendable {
        case starting([CheckedContinuation<Int, any Error>])
        case running(port: Int)
        case failed(any Error)
    }

    private let store: any TaskStore
    private let settings: ServerSettings
    private let surroundings: Surroundings
    private let machine: ServerMachine
    private let logins = LoginCodes()
    private let phase = Mutex(Phase.starting([]))
    private let lines = DaemonLines()
    private let viewers: ViewerHub
    private let dispatch: DispatchService
    private let contracts: ContractParts
    /// The port on loopback for this machine, once it is known.
    private let ownPort = Mutex<Int?>(nil)
    private let ownPorts = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Makes a server of what `store` holds, which it does not close.
    package init(
        store: any TaskStore,
        settings: ServerSettings,
        surroundings: Surroundings,
        machine: ServerMachine = ServerMachine()
    ) {
        self.machine = machine
        self.store = store
        self.settings = settings
        self.surroundings = surroundings
        viewers = ViewerHub(limit: settings.limits.viewers, limitOfToken: settings.limits.viewersOfToken)
        dispatch = DispatchService(
            store: store,
            lines: lines,
            limits: settings.dispatch,
            surroundings: surroundings
        )
        contracts = ContractParts(store: store, lines: lines, machine: machine, surroundings: surroundings)
    }

    /// The port that is listened on; waits until it is.
    package var boundPort: Int {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let known: Result<Int, any Error>? = phase.withLock { phase in
                    switch phase {
                    case .starting(let waiting):
                        phase = .starting(waiting + [continuation])
                        return nil
                    case .running(let port): return .success(port)
                    case .failed(let error): return .failure(error)
                    }
                }
                if let known { continuation.resume(with: known) }
            }
        }
    }

    /// The port on loopback at which commands of this machine ask in the clear; ``boundPort`` where there is no other.
    ///
    /// To be asked for once, after ``boundPort``.
    package var portForOwnMachine: Int {
        get async throws {
            guard settings.listensForOwnMachine else { return try await boundPort }
            for await port in ownPorts.stream { return port }
            return try await boundPort
        }
    }

    /// Wakes those who look on, as is done now and then: who is gone is noticed.
    func pulseViewers() { viewers.pulse() }

    /// How many daemons are connected here.
    package var connectedDaemons: Int { lines.count }

    /// Serves until the task is cancelled; then no one new is let in, daemons are told, requests are answered, and all that
    /// is over within ``ServerLimits/endTime``.
    ///
    /// Throws where the address cannot be listened on, or is not one that may be in the clear.
    package func run() async throws {
        guard settings.isLoopback || settings.tls != nil else {
            throw fail(ServerError.clearAddress(settings.host))
        }
        // Cancelled, it would drop everything at once: it is told to end, and awaited.
        let serving = Task { try await serve() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            end()
        }
    }

    // MARK: - Serving

    /// One for each listener.
    private let quiet = [Bell(), Bell()]

    /// Begins to end, as a cancellation does.
    package func end() {
        surroundings.logger.notice("The server ends.")
        lines.shutDown()
        viewers.finish()
        for bell in quiet { bell.ring() }
    }

    private func serve() async throws {
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for service in services {
                    group.addTask {
                        await service()
                        return false
                    }
                }
                try await listen(&group)
                while let isListener = try await group.next() { if isListener { break } }
                group.cancelAll()
            }
        } catch {
            throw fail(error)
        }
    }

    private func fail(_ error: any Error) -> any Error {
        let waiting = phase.withLock { phase in
            guard case .starting(let waiting) = phase else { return [CheckedContinuation<Int, any Error>]() }
            phase = .failed(error)
            return waiting
        }
        ownPorts.continuation.finish()
        for continuation in waiting { continuation.resume(throwing: error) }
        return error
    }

    private func noteRunning(_ channel: any Channel) {
        let port = channel.localAddress?.port ?? settings.port
        let waiting = phase.withLock { phase in
            guard case .starting(let waiting) = phase else { return [CheckedContinuation<Int, any Error>]() }
            phase = .running(port: port)
            return waiting
        }
        surroundings.logger.notice(
            "The server listens.",
            metadata: ["host": "\(settings.host)", "port": "\(port)", "tls": "\(settings.tls != nil)"]
        )
        for continuation in waiting { continuation.resume(returning: port) }
    }

    private var hostRules: HostRules? {
        guard case .running(let port) = phase.withLock({ $0 }) else { return nil }
        let own = ownPort.withLock(\.self)
        return HostRules(port: port, ownPort: own, names: settings.hostNames, origins: settings.origins)
    }

    /// Everything that works beside the listener, until it is cancelled.
    private var services: [@Sendable () async -> Void] {
        let (store, surroundings) = (store, surroundings)
        let tellers = machine.notifier.map {
            [ChangeTeller(store: store, notifier: $0, surroundings: surroundings).run]
        }
        return (tellers ?? []) + [
            ChangeRouter(changes: store.changes(), dispatch: dispatch, viewers: viewers).run,
            dispatch.run,
            LeaseRescuer(store: store, surroundings: surroundings).run,
            WaitScheduler(dispatch: dispatch, surroundings: surroundings).run,
            StandstillKeeper(store: store, dispatch: dispatch, surroundings: surroundings).run,
            ContractKeeper(store: store, hands: contracts.hands, surroundings: surroundings, bell: Bell()).run,
            Pruner(store: store, rules: settings.pruning, surroundings: surroundings).run,
            ViewerPulse(viewers: viewers, step: settings.limits.viewerPulse, surroundings: surroundings).run,
        ]
    }

    private var api: API {
        API(
            store: store,
            lines: lines,
            dispatch: dispatch,
            streams: EventStreams(store: store, viewers: viewers, surroundings: surroundings),
            orders: TaskOrders(store: store, lines: lines, surroundings: surroundings),
            surroundings: surroundings,
            version: settings.makimaVersion,
            logins: logins,
            machine: machine,
            contracts: contracts,
            cookie: { [self] in cookie }
        )
    }

    private var cookie: BrowserCookie? {
        guard case .running(let port) = phase.withLock({ $0 }) else { return nil }
        return BrowserCookie(port: port, isSecure: settings.tls != nil)
    }

    /// What becomes of the connections of a listener.
    private func makeChannel() -> WebSocketServerChannel {
        let responder = RequestResponder(
            table: EndpointTable(api.endpoints),
            authenticator: Authenticator(store: store, limits: settings.limits, surroundings: surroundings),
            limits: settings.limits,
            surroundings: surroundings,
            hostRules: { [self] in lines.isShuttingDown ? nil : hostRules },
            files: DashboardFiles(),
            cookie: { [self] in cookie }
        )
        let greeter = DaemonGreeter(store: store, lines: lines, settings: settings, surroundings: surroundings)
        let daemons = DaemonServices(
            store: store,
            lines: lines,
            greeter: greeter,
            pace: settings.pace,
            surroundings: surroundings
        )
        let gate = DaemonGate(responder: responder, services: daemons)
        return WebSocketServerChannel(
            responder: { request, writer, channel in try await responder.respond(to: request, writer, channel) },
            options: webSockets,
            idleTimeout: settings.limits.idleTime,
            decide: { await gate.decide($0, $1) }
        )
    }

    private func listen(_ group: inout ThrowingTaskGroup<Bool, any Error>) async throws {
        let channel = makeChannel()
        let address = Listener(
            host: settings.host,
            port: settings.port,
            quiet: quiet[0],
            isMain: true,
            connections: channel.connections
        )
        if let tls = settings.tls {
            try listen(TLSChannel(channel, tlsConfiguration: tls), address, &group) { [self] in noteRunning($0) }
            var ownChannel = channel
            ownChannel.connections = OpenConnections()
            let own = Listener(
                host: "127.0.0.1",
                port: 0,
                quiet: quiet[1],
                isMain: false,
                connections: ownChannel.connections
            )
            try listen(ownChannel, own, &group) { [self] channel in
                let port = channel.localAddress?.port
                ownPort.withLock { $0 = port }
                if let port { ownPorts.continuation.yield(port) }
            }
        } else {
            try listen(channel, address, &group) { [self] in noteRunning($0) }
        }
    }

    private var webSockets: WebSocketOptions {
        var options = WebSocketOptions()
        options.maxFrameSize = DaemonConversation.mostFrameBytes
        options.maxMessageSize = DaemonConversation.mostFrameBytes
        options.pingInterval = settings.pace.heartbeat
        // Pongs stand behind messages that are not read while the server is slow: silence is looked at elsewhere.
        options.pongTimeout = .seconds(600)
        options.closeTimeout = .seconds(2)
        return options
    }

    private struct Listener {
        var host: String
        var port: Int
        var quiet: Bell
        /// Daemons come here, and with its end the server's is.
        var isMain: Bool
        var connections: OpenConnections
    }

    private func listen(
        _ channel: some ServerChildChannel,
        _ listener: Listener,
        _ group: inout ThrowingTaskGroup<Bool, any Error>,
        onRunning: @escaping @Sendable (any Channel) -> Void
    ) throws {
        let (quiet, isMain, connections) = (listener.quiet, listener.isMain, listener.connections)
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(address: .hostname(listener.host, port: listener.port)),
            onServerRunning: { onRunning($0) },
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            logger: surroundings.logger
        )
        group.addTask {
            try await server.run()
            return isMain
        }
        group.addTask { [self] in
            for await _ in quiet.rings { break }
            if Task.isCancelled { return false }
            // Daemons are told first: the listener closes what it can without a word.
            let time = settings.limits.endTime
            if isMain { try await within(time / 2) { for await _ in self.lines.empty.rings { break } } }
            try await end(server, within: time / 2, connections)
            return isMain
        }
    }

    /// Waits for the connections of a listener; those that have not come to their end in time are cut off.
    ///
    /// That waiting cannot be cancelled: it ends with the last connection.
    private func end(
        _ server: Server<some ServerChildChannel>,
        within time: Duration,
        _ connections: OpenConnections
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.shutdownGracefully() }
            group.addTask { [surroundings] in
                // Cancelled where all have ended, or the server has failed.
                try? await surroundings.clock.sleep(for: time)
                let count = connections.cutOff()
                guard count > 0 else { return }
                surroundings.logger.notice("Connections are cut off.", metadata: ["count": "\(count)"])
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Waits for `body`, but no longer than `time`.
    private func within(_ time: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await self.surroundings.clock.sleep(for: time) }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Why a server cannot be.
package enum ServerError: ExplainedError, Hashable {
    /// Not loopback, and without TLS.
    case clearAddress(String)

    package var description: String {
        switch self {
        case .clearAddress(let host): "The server does not listen on '\(host)' in the clear."
        }
    }

    package var errorCode: ErrorCode { .usage }

    package var hint: String {
        switch self {
        case .clearAddress:
            "Give it a certificate with '--tls-certificate' and '--tls-key'; or let it listen on 127.0.0.1, behind a proxy that has one."
        }
    }
}
