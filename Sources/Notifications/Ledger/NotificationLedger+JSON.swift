package import Domain

/// A ledger as its file has it.
extension NotificationLedger {
    package var json: JSONValue {
        .object([
            "version": .integer(1), "servedSince": servedSince.map(Self.json) ?? .null,
            "targets": .object(
                pages.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: Self.json($0.value)) }
            ),
        ])
    }

    /// `nil` for what no ledger has written.
    package init?(json: JSONValue) {
        guard json["version"]?.int == 1, let members = json["targets"]?.object else { return nil }
        servedSince = json["servedSince"].flatMap(Self.time)
        for member in members {
            guard let page = Self.page(member.value) else { return nil }
            pages[member.key] = page
        }
    }

    private static func json(_ page: Page) -> JSONValue {
        let tasks = page.tasks.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { JSONMember(key: $0.key.rawValue, value: json($0.value)) }
        return .object([
            "sent": .array(page.sent.map(json)), "urgent": .array(page.urgent.map(json)),
            "heldBack": .integer(Int64(page.heldBack)),
            "needing": .array(page.needing.map { .string($0.rawValue) }), "tasks": .object(tasks),
        ])
    }

    private static func json(_ told: Told) -> JSONValue {
        .object([
            "attempt": .integer(Int64(told.attempt)), "at": json(told.at),
            "marks": .array(told.marks.sorted().map(JSONValue.string)),
        ])
    }

    private static func json(_ time: Timestamp) -> JSONValue { .integer(time.millisecondsSince1970) }

    private static func page(_ json: JSONValue) -> Page? {
        guard let sent = json["sent"]?.array, let heldBack = json["heldBack"]?.int, let tasks = json["tasks"]?.object
        else { return nil }
        var page = Page()
        page.sent = sent.compactMap(time)
        page.heldBack = heldBack
        // A makima before this one has written neither.
        page.urgent = json["urgent"]?.array?.compactMap(time) ?? []
        page.needing = json["needing"]?.array?.compactMap { $0.string.flatMap(TaskID.init(rawValue:)) } ?? []
        for member in tasks {
            guard let id = TaskID(rawValue: member.key), let attempt = member.value["attempt"]?.int,
                let at = member.value["at"].flatMap(time), let marks = member.value["marks"]?.array
            else { return nil }
            page.tasks[id] = Told(attempt: attempt, at: at, marks: Set(marks.compactMap(\.string)))
        }
        return page
    }

    private static func time(_ json: JSONValue) -> Timestamp? {
        guard case .integer(let milliseconds) = json else { return nil }
        return Timestamp(millisecondsSince1970: milliseconds)
    }
}
