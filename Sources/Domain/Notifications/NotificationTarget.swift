/// Somewhere that people are told about tasks, as `[notify.NAME]` has it.
package struct NotificationTarget: Hashable, Sendable {
    /// How a message gets there.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A request over HTTPS.
        case webhook
        /// A program of the user's.
        case command
        /// The desktop that makima runs on.
        case desktop
    }

    /// What a webhook expects.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// The whole event, for programs.
        case json
        case slack
        case discord
        case telegram
        case ntfy
    }

    package var name: String
    package var kind = Kind.webhook
    /// The URL of a webhook; those of chat services are secrets as a whole.
    package var url: String?
    package var format = Format.json
    /// The variable with the secret that requests are signed with.
    package var secretVariable: String?
    /// The chat of Telegram.
    package var chatID: String?
    package var least = NotificationPriority.normal
    /// Whether addresses of this machine and of private networks may be reached, and in the clear.
    package var allowsPrivate = false
    /// A program and its arguments.
    package var command: [String] = []
    /// Of what needs nobody.
    package var mostPerHour = 30

    /// What needs a person is counted for itself; only something that goes round in circles gets here.
    package var mostUrgentPerHour: Int { 4 * mostPerHour }

    package init(name: String) {
        self.name = name
    }

    /// Where it leads, without anything secret.
    package var place: String {
        switch kind {
        case .webhook: url.flatMap(WebhookAddress.init)?.shownHost ?? ""
        case .command: command.first ?? ""
        case .desktop: "this desktop"
        }
    }
}

/// How much a person has to do with something.
package enum NotificationPriority: String, Hashable, Sendable, CaseIterable, Comparable {
    /// A person did it, or it passes by itself.
    case low
    /// Good to know.
    case normal
    /// It does not go on without a person.
    case high

    package static func < (lhs: NotificationPriority, rhs: NotificationPriority) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        }
    }
}
