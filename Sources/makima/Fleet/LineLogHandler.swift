import Commands
import Daemon
import Domain
import Logging

/// Hands what a server logs to whoever prints lines.
struct LineLogHandler: LogHandler {
    let tell: @Sendable (LogLine) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    init(tell: @escaping @Sendable (LogLine) -> Void) {
        self.tell = tell
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        let fields = all.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSONValue.string("\($0.value)")) }
        tell(LogLine(LogLine.Level(event.level), .server, event.message.description, fields: fields))
    }
}

extension LogLine.Level {
    fileprivate init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error, .critical: self = .error
        }
    }
}

extension LogLine {
    /// What happens to a daemon.
    init(_ event: DaemonEvent) {
        self.init(event.level, .daemon, event: event.code, event.sentence, fields: event.fields)
    }
}

extension DaemonEvent {
    fileprivate var level: LogLine.Level {
        switch self {
        case .welcomed, .began, .ended: .notice
        case .acknowledged: .debug
        case .link, .linkFailed, .fenced, .leaseOver, .gatheringFailed, .repositoryFailed, .upkeepFailed:
            .warning
        }
    }

    fileprivate var code: String {
        switch self {
        case .welcomed: "connected"
        case .link: "link_trouble"
        case .linkFailed: "link_failed"
        case .acknowledged: "acknowledged"
        case .began: "attempt_began"
        case .ended: "attempt_ended"
        case .fenced: "attempt_fenced"
        case .leaseOver: "lease_over"
        case .gatheringFailed: "report_held_up"
        case .repositoryFailed: "repository_failed"
        case .upkeepFailed: "upkeep_failed"
        }
    }

    fileprivate var fields: [(name: String, value: JSONValue)] {
        func attempt(_ task: TaskID, _ number: Int) -> [(name: String, value: JSONValue)] {
            [("task.id", .string(task.rawValue)), ("attempt", .integer(Int64(number)))]
        }
        switch self {
        case .welcomed(let session): return [("session", .integer(Int64(session)))]
        case .acknowledged(let number): return [("number", .integer(Int64(number)))]
        case .began(let task, let number), .fenced(let task, let number): return attempt(task, number)
        case .ended(let task, let number, let status):
            return attempt(task, number) + [("status", .string(status.rawValue))]
        case .gatheringFailed(let task, _): return [("task.id", .string(task.rawValue))]
        case .repositoryFailed(let url, _): return [("repository", .string(url))]
        case .link, .linkFailed, .leaseOver, .upkeepFailed: return []
        }
    }
}
