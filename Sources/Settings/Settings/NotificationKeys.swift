import Domain

/// The settings of one target of notifications, beneath `[notify.NAME]`.
enum NotificationKeys {
    static let all: [Setting<NotificationTarget>] = [
        Setting(
            "kind",
            .choice(SettingChoice(\.kind)),
            "A request to `url`, a program of yours, or `notify-send` on this desktop."
        ),
        Setting(
            "url",
            .secretAddress(\.url),
            "Where a webhook is, with `https`. Only its host is ever shown: for chat services it is a password."
        ),
        Setting("format", .choice(SettingChoice(\.format)), "What the receiver understands; `json` has everything."),
        Setting("chat_id", .optionalText(\.chatID), "The chat that `telegram` writes to."),
        Setting(
            "secret_env",
            .optionalText(\.secretVariable),
            "The variable with the secret that a webhook's requests are signed with (HMAC-SHA256)."
        ),
        Setting(
            "command",
            .command(\.command),
            "The program of the kind `command`, or an array of it and its arguments; it is given the event as JSON on standard input."
        ),
        Setting(
            "least",
            .choice(SettingChoice(\.least)),
            "The least priority that is told: `high` needs you, `normal` is done work too, `low` also waits and stops of yours."
        ),
        Setting(
            "most_per_hour",
            .integer(\.mostPerHour, 1...1000),
            "So many are sent within an hour that need nobody, and four times as many that need you; then one says how many were held back."
        ),
        Setting(
            "allow_private",
            .flag(\.allowsPrivate),
            "Whether a webhook may reach addresses of this machine or of a private network, and with `http`."
        ),
    ]
}
