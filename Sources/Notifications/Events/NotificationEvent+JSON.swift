package import Domain

extension NotificationEvent {
    /// The whole event; a key that a reader knows is always there.
    package var json: JSONValue {
        .object([
            "id": .string(id), "at": .string(at.iso8601), "priority": .string(priority.rawValue),
            "kind": .string(kind.rawValue), "title": .string(title), "taskId": .text(subject?.task.rawValue),
            "taskName": .text(subject?.name), "status": .text(subject?.status.rawValue),
            "reason": .object(["code": .text(subject?.reason), "sentence": .string(sentence)]),
            "hint": .text(hint), "attempt": .whole(subject?.attempt), "iterations": .whole(subject?.iterations),
            "costUsd": subject?.cost.map { .number($0.dollars) } ?? .null, "repository": .text(subject?.repository),
            "branch": .text(subject?.branch), "host": .string(origin.host), "url": .text(page),
            "heldBack": .integer(Int64(heldBack)), "heldBackTasks": .array(needing.map { .string($0.rawValue) }),
        ])
    }

    /// The same as variables of a program; none is left out.
    var variables: [String: String] {
        [
            "MAKIMA_NOTIFY_ID": id, "MAKIMA_NOTIFY_AT": at.iso8601, "MAKIMA_NOTIFY_PRIORITY": priority.rawValue,
            "MAKIMA_NOTIFY_KIND": kind.rawValue, "MAKIMA_NOTIFY_TITLE": title, "MAKIMA_NOTIFY_TEXT": sentence,
            "MAKIMA_NOTIFY_HINT": hint ?? "", "MAKIMA_NOTIFY_URL": page ?? "", "MAKIMA_NOTIFY_HOST": origin.host,
            "MAKIMA_NOTIFY_HELD_BACK": "\(heldBack)",
            "MAKIMA_NOTIFY_HELD_BACK_TASKS": needing.map(\.rawValue).joined(separator: " "),
            "MAKIMA_TASK_ID": subject?.task.rawValue ?? "", "MAKIMA_TASK_NAME": subject?.name ?? "",
            "MAKIMA_TASK_STATUS": subject?.status.rawValue ?? "", "MAKIMA_TASK_REASON": subject?.reason ?? "",
            "MAKIMA_TASK_REPOSITORY": subject?.repository ?? "", "MAKIMA_TASK_BRANCH": subject?.branch ?? "",
        ]
    }
}

extension JSONValue {
    static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    static func whole(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
}
