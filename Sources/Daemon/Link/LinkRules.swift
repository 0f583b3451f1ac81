package import Fleet
package import Wire

/// What a link goes by beside what the server says.
package struct LinkRules: Hashable, Sendable {
    /// How long the server may take for its `welcome`.
    package var patience = Duration.seconds(20)
    /// How long a daemon that was let in before, and has nothing, is refused for its token until it ends.
    package var refusalPatience = Duration.seconds(600)
    /// How many entries may be on their way at once.
    package var window = 256
    /// A second, twice as long each time, up to a minute, times 0.5 to 1.5.
    package var backOff = BackOff(first: .milliseconds(1500), factor: 2, most: .seconds(90), spread: 2.0 / 3)

    package init() {}

    /// So many tries that the wait is the longest.
    static let many = 16

    /// Why a server refuses a connection, and not a message.
    static let connectionCodes: Set = [
        "version", "fenced", "not_allowed", "outbox_gap", "outbox_lost", "outbox_ahead",
        "shutting_down",
    ]

    func wait(after tries: Int, chance: Double) -> Duration { backOff.delay(after: tries, jitter: chance) }
}

/// What a daemon says that is not in its outbox.
package enum LinkMessage: Hashable, Sendable {
    /// The command with this id is on the disk.
    case ack(id: String)
    /// What came of it; read from the disk when it is sent.
    case answer(id: String)
    case unknown(FrameReference)
    case refused(WireError, FrameReference?)
}

/// What a person who looks after a daemon should know of its link.
package enum LinkTrouble: Hashable, Sendable {
    case refused(code: String, message: String)
    case failed(LinkFailure)
    /// The daemon is refused, and stays because it has attempts that are not reported.
    case staysForAttempts
    /// Nothing came for too long.
    case silent
    /// The server knows other numbers than this daemon has made.
    case otherNumbers(taken: Int, acknowledged: Int, made: Int)
    /// A new outbox is begun, and so many attempts are let go of.
    case begunAnew(attempts: Int)
    case version(Int)
    case unexpected(type: String)
    case notUnderstood(type: String)

    package var sentence: String {
        switch self {
        case .refused(let code, let message): "The server refuses (\(code)): \(message)"
        case .failed(let failure): "\(failure) \(failure.hint)"
        case .staysForAttempts:
            "The daemon goes on and tries again, because it has attempts that the server does not know the end of."
        case .silent: "The server is silent; the connection is given up."
        case .otherNumbers(let taken, let acknowledged, let made):
            "The server says that it has the reports up to \(taken); it had said \(acknowledged), and \(made) were made. "
                + "It is another server's store, or an older one."
        case .begunAnew(let attempts):
            "Reports begin anew, because this server has not what was told before."
                + (attempts == 0
                    ? "" : " Attempts that it does not know are stopped, and their files are kept: \(attempts).")
        case .version(let version): "The server wants to speak version \(version), which is unknown here."
        case .unexpected(let type): "The server sent '\(type)' out of turn."
        case .notUnderstood(let type): "The server does not know messages '\(type)'."
        }
    }
}
