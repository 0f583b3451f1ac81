package import Domain

/// What is sent to a webhook.
package struct WebhookMessage: Hashable, Sendable {
    package struct Header: Hashable, Sendable {
        package var name: String
        /// ASCII without line breaks.
        package var value: String
    }

    package var headers: [Header]
    package var body: [UInt8]

    package init(_ event: NotificationEvent, for target: NotificationTarget) {
        switch target.format {
        case .json: self.init(json: event.json)
        case .slack: self.init(json: Self.slack(event))
        case .discord: self.init(json: Self.discord(event))
        case .telegram: self.init(json: Self.telegram(event, chat: target.chatID ?? ""))
        case .ntfy: self.init(ntfy: event)
        }
    }

    private init(json: JSONValue) {
        headers = [Header(name: "Content-Type", value: "application/json")]
        body = JSONWriter.bytes(of: json)
    }

    // MARK: - Chats

    /// Slack reads `<…>` as links and mentions, and `&…;` as what stands for these.
    private static func slack(_ event: NotificationEvent) -> JSONValue {
        let lines = event.lines.map(slackText)
        let text = (["*\(slackText(event.title).escapingScalars(["*": "∗"]))*"] + lines).joined(separator: "\n")
        return .object([
            "text": .string(text), "unfurl_links": .bool(false), "unfurl_media": .bool(false),
        ])
    }

    private static func slackText(_ text: String) -> String {
        text.escapingScalars(["&": "&amp;", "<": "&lt;", ">": "&gt;"])
    }

    /// Nobody is mentioned, whatever the text says; nothing of it is a link with another face.
    private static func discord(_ event: NotificationEvent) -> JSONValue {
        let lines = event.lines.map { $0 == event.page ? $0 : discordText($0) }
        var content = "**\(discordText(event.title))**"
        for line in lines where content.utf16.count + line.utf16.count < longestDiscordText { content += "\n\(line)" }
        return .object([
            "content": .string(content),
            "allowed_mentions": .object(["parse": .array([])]),
            // SUPPRESS_EMBEDS: what a page says of itself is not shown.
            "flags": .integer(4),
        ])
    }

    /// Discord refuses more than 2000 characters.
    private static let longestDiscordText = 1990

    private static func discordText(_ text: String) -> String {
        let marks = "\\*_~`|<>[]()#".unicodeScalars
        return text.escapingScalars(Dictionary(uniqueKeysWithValues: marks.map { ($0, "\\\($0)") }))
    }

    /// Without `parse_mode` Telegram takes a text for what it is.
    private static func telegram(_ event: NotificationEvent, chat: String) -> JSONValue {
        .object([
            "chat_id": .string(chat), "text": .string(([event.title] + event.lines).joined(separator: "\n")),
            "link_preview_options": .object(["is_disabled": .bool(true)]),
            "disable_notification": .bool(event.priority == .low),
        ])
    }

    // MARK: - ntfy

    private init(ntfy event: NotificationEvent) {
        headers = [
            Header(name: "Content-Type", value: "text/plain; charset=utf-8"),
            Header(name: "Title", value: Self.headerText(event.title)),
            Header(name: "Priority", value: Self.ntfyPriority(event.priority)),
            Header(name: "Tags", value: "makima,\(event.kind.rawValue)"),
        ]
        if let page = event.page { headers.append(Header(name: "Click", value: Self.headerText(page))) }
        body = Array(event.lines.filter { $0 != event.page }.joined(separator: "\n").utf8)
    }

    private static func ntfyPriority(_ priority: NotificationPriority) -> String {
        switch priority {
        case .low: "2"
        case .normal: "3"
        case .high: "4"
        }
    }

    /// As RFC 2047 has it where there is more than ASCII.
    private static func headerText(_ text: String) -> String {
        let bytes = Array(text.utf8)
        // What looks like such a word already would be read as one.
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && text.firstRange(of: "=?") == nil
        return isPlain ? text : "=?UTF-8?B?\(bytes.base64)?="
    }
}

extension String {
    /// By scalars: a mark that is combined with a sign would hide it from a search for characters.
    func escapingScalars(_ replacements: [Unicode.Scalar: String]) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if let replacement = replacements[scalar] {
                escaped.append(contentsOf: replacement.unicodeScalars)
            } else {
                escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
