import Domain

/// Targets of notifications, in tables `[notify.NAME]` of the user's file.
extension ConfigurationBuilder {
    mutating func readNotificationTargets(_ value: JSONValue, of document: TOMLDocument, as layer: FileLayer) {
        guard layer == .user else { return refuseTarget(["notify"], of: document, RepositoryAdvice.refused) }
        guard let targets = value.object else {
            return refuseTarget(["notify"], of: document, "it must hold tables, each written as [notify.NAME].")
        }
        for target in targets { readNotificationTarget(target, of: document) }
    }

    private mutating func readNotificationTarget(_ member: JSONMember, of document: TOMLDocument) {
        let keys = ["notify", member.key]
        guard AgentNames.isValid(member.key) else {
            return refuseTarget(
                keys,
                of: document,
                "its name has letters, digits, '-' and '_', begins with a letter or digit, and is 64 characters at most."
            )
        }
        guard let members = member.value.object else {
            return refuseTarget(keys, of: document, "it must be a table, written as [notify.\(member.key)].")
        }
        var target = NotificationTarget(name: member.key)
        var reader = TableReader(NotificationKeys.all, keys: keys, document: document, layer: .user)
        reader.read(members, into: &target)
        take(reader.problems, reader.origins)
        guard reader.problems.isEmpty else { return }
        configuration.notificationTargets.append(target)
        configuration.notificationTargets.sort { $0.name < $1.name }
    }

    private mutating func refuseTarget(_ keys: [String], of document: TOMLDocument, _ explanation: String) {
        problems.append(
            ConfigurationProblem(
                key: Shown.key(keys.joined(separator: ".")),
                origin: document.origin(of: keys),
                explanation: explanation
            )
        )
    }

    /// Refuses targets that could never be told.
    mutating func judgeNotificationTargets() {
        for target in configuration.notificationTargets {
            let table = "notify.\(target.name)"
            switch target.kind {
            case .webhook: judgeWebhook(target, table)
            case .command where target.command.isEmpty:
                refuse("\(table).command", "it is missing: the program, as [\"/usr/local/bin/tell\"].")
            case .command, .desktop: break
            }
            if let name = target.secretVariable, !StrictValue.isVariableName(name) {
                refuse("\(table).secret_env", "\(Shown.text(name)) is no name for a variable.")
            }
        }
    }

    private mutating func judgeWebhook(_ target: NotificationTarget, _ table: String) {
        guard let address = target.url.flatMap(WebhookAddress.init) else {
            return refuse("\(table).url", "it is missing: where the webhook is, as \"https://HOST/PATH\".")
        }
        if !address.isSecure, !target.allowsPrivate {
            refuse(
                "\(table).url",
                "it begins with 'http': what is told could be read on the way. Write 'https', or set 'allow_private'."
            )
        }
        if target.format == .telegram, target.chatID == nil {
            refuse("\(table).chat_id", "it is missing: 'telegram' needs the chat that it writes to.")
        }
    }
}
