import ArgumentParser
package import Domain

/// How a server or a daemon tells what happens.
package enum LogFormat: String, Sendable, CaseIterable {
    /// Sentences.
    case text
    /// One JSON object a line.
    case json
}

extension LogFormat: ExpressibleByArgument {}

/// Something that happens to a server or a daemon.
package struct LogLine: Sendable {
    package enum Level: String, Sendable {
        case debug
        case info
        case notice
        case warning
        case error
    }

    package enum Part: String, Sendable {
        case server
        case daemon
    }

    package var level: Level
    package var part: Part
    /// A word for programs; `nil` where there is none.
    package var event: String?
    /// A sentence.
    package var message: String
    /// What it is about, by names as `task.id`.
    package var fields: [(name: String, value: JSONValue)]

    package init(
        _ level: Level,
        _ part: Part,
        event: String? = nil,
        _ message: String,
        fields: [(name: String, value: JSONValue)] = []
    ) {
        self.level = level
        self.part = part
        self.event = event
        self.message = message
        self.fields = fields
    }

    /// With `at`, `level`, `part` and `message` first.
    func json(at time: Timestamp) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("at", .time(time)), ("level", .text(level.rawValue)), ("part", .text(part.rawValue)),
        ]
        if let event { members.append(("event", .text(event))) }
        return .fields(members + [("message", .text(message))] + fields.map { ($0.name, $0.value) })
    }
}

struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How it tells what happens: text, or json with one object a line", valueName: "format"))
    var logFormat = LogFormat.text
}
