package import Domain

/// The versions of the protocol.
package enum ProtocolVersion {
    package static let lowest = 1
    package static let highest = 1

    /// The highest version that both sides understand; `nil` where there is none.
    package static func agreed(_ hello: Hello, lowest: Int = lowest, highest: Int = highest) -> Int? {
        let common = min(highest, hello.version)
        return common >= max(lowest, hello.lowestVersion) ? common : nil
    }
}

/// A daemon introduces itself.
package struct Hello: WireMessage {
    package var version = ProtocolVersion.highest
    package var lowestVersion = ProtocolVersion.lowest
    package var daemonId = ""
    package var daemonName = ""
    package var outboxId = ""
    package var lastNumber = 0
    package var acknowledgedNumber: Int?
    package var makimaVersion = ""
    package var platform = ""
    package var at = Timestamp(millisecondsSince1970: 0)
    package var capabilities: [String] = []
    package var labels: [String] = []
    package var agents: [WireAgentOffer] = []
    package var repositories: [WireRepository] = []
    package var capacity = WireCapacity()
    package var tasks: [WireHeldAttempt] = []

    package init() {}

    package static let type = "hello"
    package static let meaning = """
        The first message of every connection, by the daemon. Nothing else is sent before the server has answered with `welcome`, \
        or with `refused`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("version", &version, .integer(1...10_000), "The highest version that the daemon knows.")
        try fields.required("lowestVersion", &lowestVersion, .integer(1...10_000), "The lowest one.")
        try fields.required("daemonId", &daemonId, .identifier, "Names the daemon for ever.")
        try fields.required("daemonName", &daemonName, .label, "For people.")
        try fields.required(
            "outboxId",
            &outboxId,
            .identifier,
            """
            Drawn at random when the outbox was made. Where it is another one than before, the numbers have begun at 1 again, and \
            what the old outbox held is lost.
            """
        )
        try fields.required(
            "lastNumber",
            &lastNumber,
            .count,
            "The newest number in the outbox; 0 where there was none."
        )
        try fields.optional(
            "acknowledgedNumber",
            &acknowledgedNumber,
            .count,
            "The last number that the server has said it has: where it has less, it is another one, or an older state."
        )
        try fields.required("makimaVersion", &makimaVersion, .label, "Of the daemon.")
        try fields.required("platform", &platform, .label, "As `linux-x86_64`.")
        try fields.required("at", &at, .time, "The daemon's clock, so that the server can see how far it is off.")
        try fields.list(
            "capabilities",
            &capabilities,
            .list(.identifier, upTo: 256),
            "What it can do beyond version 1."
        )
        try fields.list("labels", &labels, .list(.identifier, upTo: 256), "What its configuration calls it by.")
        try fields.list("agents", &agents, .list(.record, upTo: 256), "Those that it can start.")
        try fields.list("repositories", &repositories, .list(.record, upTo: WireLimits.list), "Those that it has.")
        try fields.required("capacity", &capacity, .record, "What it has to offer.")
        try fields.list(
            "tasks",
            &tasks,
            .list(.record, upTo: WireLimits.attempts),
            "All attempts that it holds. What the server believes to be there and is not in here is lost."
        )
    }

    package func validate() throws(WireError) {
        if lowestVersion > version { throw .field(path: "lowestVersion", .inconsistent(.versions)) }
    }
}

/// The server takes a daemon in.
package struct Welcome: WireMessage {
    package var version = ProtocolVersion.highest
    package var lowestVersion = ProtocolVersion.lowest
    package var highestVersion = ProtocolVersion.highest
    package var serverId = ""
    package var makimaVersion = ""
    package var session = 0
    package var lastNumber = 0
    package var at = Timestamp(millisecondsSince1970: 0)
    package var heartbeatMilliseconds = Duration.seconds(5)
    package var leaseMilliseconds = Duration.seconds(30)
    package var graceMilliseconds = Duration.seconds(300)
    package var draining = false
    package var attempts: [WireAttemptRuling] = []

    package init() {}

    package static let type = "welcome"
    package static let meaning = """
        The answer to `hello`. The daemon drops what its outbox holds up to `lastNumber`, stops the agents of fenced attempts, \
        replays the rest of the outbox in order, and only then sends anything else but heartbeats.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("version", &version, .integer(1...10_000), "Holds for this connection.")
        try fields.required(
            "lowestVersion",
            &lowestVersion,
            .integer(1...10_000),
            "The lowest that the server understands."
        )
        try fields.required("highestVersion", &highestVersion, .integer(1...10_000), "The highest one.")
        try fields.required(
            "serverId",
            &serverId,
            .identifier,
            "Names the server's store: another one knows other numbers."
        )
        try fields.required("makimaVersion", &makimaVersion, .label, "Of the server.")
        try fields.required(
            "session",
            &session,
            .ordinal,
            "Of this connection. A later one of the same daemon fences it."
        )
        try fields.required(
            "lastNumber",
            &lastNumber,
            .count,
            "The last number of the outbox that the server has taken."
        )
        try fields.required("at", &at, .time, "The server's clock.")
        try fields.required(
            "heartbeatMilliseconds",
            &heartbeatMilliseconds,
            .milliseconds,
            "The time between heartbeats."
        )
        try fields.required("leaseMilliseconds", &leaseMilliseconds, .milliseconds, "How long a heartbeat holds.")
        try fields.required(
            "graceMilliseconds",
            &graceMilliseconds,
            .milliseconds,
            "How long after that the attempts of a daemon stay its own while it works on by itself."
        )
        try fields.defaulted("draining", &draining, .flag, else: false, "The daemon is to take no new tasks.")
        try fields.list(
            "attempts",
            &attempts,
            .list(.record, upTo: WireLimits.attempts),
            "One for each attempt that `hello` named."
        )
    }

    package func validate() throws(WireError) {
        guard lowestVersion <= version, version <= highestVersion else {
            throw .field(path: "version", .inconsistent(.versions))
        }
    }
}

/// A daemon shows that it lives.
package struct Heartbeat: WireMessage {
    package var session = 0
    package var beat = 0
    package var at = Timestamp(millisecondsSince1970: 0)
    package var capacity = WireCapacity()
    package var tasks: [WireHeldAttempt] = []
    package var lastNumber = 0

    package init() {}

    package static let type = "heartbeat"
    package static let meaning = """
        Renews the lease of the session, with all its attempts, and is answered by an `ack` that names its `beat`. Not numbered: \
        only the newest one matters.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("session", &session, .ordinal, "As `welcome` had it.")
        try fields.required("beat", &beat, .ordinal, "Counts the heartbeats of the session from 1; `ack` names it.")
        try fields.required("at", &at, .time, "The daemon's clock.")
        try fields.required("capacity", &capacity, .record, "What it has to offer.")
        try fields.list("tasks", &tasks, .list(.record, upTo: WireLimits.attempts), "All attempts that it holds.")
        try fields.required("lastNumber", &lastNumber, .count, "The newest number in the outbox.")
    }
}
