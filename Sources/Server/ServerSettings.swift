import Domain
package import Fleet
package import NIOSSL
package import Store

/// How a server listens, and what it allows.
package struct ServerSettings: Sendable {
    /// Of this server's store, as `welcome` tells it.
    package var serverID: String
    package var makimaVersion: String
    /// The address that is listened on.
    package var host = "127.0.0.1"
    /// 0 is any that is free.
    package var port = 0
    /// `nil` is in the clear, which only loopback addresses may be.
    package var tls: TLSConfiguration?
    /// Names besides those of loopback under which it is reached, as `makima.example.org` or `makima.example.org:8443`.
    package var hostNames: Set<String> = []
    /// Origins from which a browser may ask, as `https://makima.example.org`.
    package var origins: Set<String> = []
    package var limits = ServerLimits()
    package var pace = DaemonPace()
    package var dispatch = DispatchLimits()
    package var pruning = PruneRules()

    package init(serverID: String, makimaVersion: String) {
        self.serverID = serverID
        self.makimaVersion = makimaVersion
    }

    /// Whether commands of this machine reach it on loopback without TLS, too, on any port that is free: its certificate names
    /// other machines' name for it, and no authority that they must know.
    package var listensForOwnMachine: Bool { tls != nil }

    /// Whether nobody but this machine reaches it.
    var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}

/// How much and how long who asks may.
package struct ServerLimits: Hashable, Sendable {
    /// Of a request's body.
    package var bodyBytes = 4 << 20
    /// How long a body may take to come.
    package var bodyTime = Duration.seconds(20)
    /// How long a connection may be silent between requests, and before the first.
    package var idleTime = Duration.seconds(30)
    /// Of one token.
    package var requestsPerSecond = 100.0
    /// How many may come at once.
    package var requestBurst = 400.0
    /// Of one address, that were refused for their token.
    package var failuresPerMinute = 30.0
    /// Viewers of events at once.
    package var viewers = 5000
    /// Of these with one token.
    package var viewersOfToken = 1000
    /// How often something is sent to a viewer that has nothing to see.
    package var viewerPulse = Duration.seconds(15)
    /// How long an end may take.
    package var endTime = Duration.seconds(10)

    package init() {}
}

/// The pace of daemons' connections.
package struct DaemonPace: Hashable, Sendable {
    package var heartbeat = Duration.seconds(5)
    /// So long a connection has to say `hello`.
    package var helloTime = Duration.seconds(10)
    /// Bytes of messages that wait to be stored before a daemon is not read any more.
    package var inboxBytes = 4 << 20

    package init() {}
}
