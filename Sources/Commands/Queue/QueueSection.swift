import Domain
import FoundationEssentials
import Wire

/// What a section of a file says to the server, beside what `makima run` is told.
struct QueueDemands: Hashable, Sendable {
    /// Names of sections, or ids of tasks that the server has.
    var after: [QueueFile.Option] = []
    var afterMerged: [QueueFile.Option] = []
    /// Whose work this task begins with.
    var continues: QueueFile.Option?
    var priority = 0
    var labels: [String] = []
    var keys: [WireConcurrencyKey] = []
    var notBefore: Timestamp?
    /// Where daemons clone the repository; `nil` where they use that of this machine.
    var url: QueueFile.Option?

    /// Options whose names the server knows; the others are those of `makima run`.
    static let names = ["after", "after-merged", "continue", "priority", "label", "key", "not-before", "url"]
    /// Options of `makima run` that would change nothing, or say twice what the section says.
    static let pointless: Set<String> = [
        "name", "plan", "graph", "detach", "print-prompt", "json", "quiet", "q", "help", "h", "version",
    ]

    /// Takes what it can; what is wrong with the rest is added to `problems`.
    init(_ options: [QueueFile.Option], problems: inout QueueProblems) {
        for option in options {
            do throws(QueueFileError) {
                try take(option)
            } catch { problems.add(error) }
        }
    }

    private mutating func take(_ option: QueueFile.Option) throws(QueueFileError) {
        switch option.name {
        case "after": after += option.listed
        case "after-merged": afterMerged += option.listed
        case "continue": continues = option
        case "label":
            guard !option.listed.isEmpty else { throw option.malformed("a word, or several with commas between") }
            labels += option.listed.map(\.value)
        case "url":
            guard RepositoryURL(option.value) != nil else {
                throw option.withoutPassword
                    .malformed("a URL of git's, without a password, as https://example.org/project.git")
            }
            url = option
        case let name where Self.pointless.contains(name): throw .pointless(name, line: option.line)
        case "priority": priority = try option.number(in: -100...100)
        case "key": keys.append(try option.key)
        case "not-before": notBefore = try option.time
        default: break
        }
    }

    /// What names tasks.
    var references: [QueueFile.Option] { after + afterMerged + (continues.map { [$0] } ?? []) }

    /// Puts the demands into the request; `ids` are those of the sections by their names.
    func fill(_ request: inout TaskRequest, ids: [String: TaskID]) throws(QueueFileError) {
        request.priority = priority
        request.labels = labels
        request.keys = keys
        request.notBefore = notBefore
        var dependencies: [WireDependency] = []
        for (options, condition) in [(after, WireDependencyCondition.done), (afterMerged, .merged)] {
            for option in options {
                var dependency = WireDependency()
                dependency.taskId = try option.task(among: ids).rawValue
                dependency.condition = condition
                dependencies.append(dependency)
            }
        }
        if let continues {
            let id = try continues.task(among: ids).rawValue
            request.spawn.continueFromTaskId = id
            if !dependencies.contains(where: { $0.taskId == id }) {
                var dependency = WireDependency()
                dependency.taskId = id
                dependencies.append(dependency)
            }
        }
        request.dependencies = dependencies
        if let url {
            request.spawn.repoUrl = url.value
            request.spawn.targetRepoPath = nil
        }
        // By then its branch may have come further.
        if !dependencies.isEmpty, request.spawn.baseBranch != nil { request.spawn.baseSha = nil }
    }
}

extension QueueFile.Option {
    /// The parts of a value with commas between.
    fileprivate var listed: [QueueFile.Option] {
        value.split(separator: ",")
            .map { QueueFile.Option(name: name, value: String($0).trimmingBlanks, line: line) }
            .filter { !$0.value.isEmpty }
    }

    fileprivate func number(in range: ClosedRange<Int>) throws(QueueFileError) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw malformed("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    fileprivate var time: Timestamp {
        get throws(QueueFileError) {
            let wanted = "a time such as 2026-03-01T22:00:00Z"
            do {
                let date = try Date(value, strategy: .iso8601)
                let time = Timestamp(millisecondsSince1970: Int64(date.timeIntervalSince1970 * 1000))
                // The parser takes the 30th of February for the 2nd of March.
                let midnight = try Date("\(value.prefix(10))T00:00:00Z", strategy: .iso8601)
                let day = Timestamp(millisecondsSince1970: Int64(midnight.timeIntervalSince1970 * 1000))
                guard day.iso8601.hasPrefix(value.prefix(10)) else { throw malformed(wanted) }
                return time
            } catch {
                throw malformed(wanted)
            }
        }
    }

    /// A name, and how many tasks with it may be at work at once, as `database 2`.
    fileprivate var key: WireConcurrencyKey {
        get throws(QueueFileError) {
            var key = WireConcurrencyKey()
            let parts = value.split(separator: " ")
            guard let first = parts.first, parts.count <= 2 else {
                throw malformed("a name, and a number where more than one task may be at work: 'database 2'")
            }
            key.name = String(first)
            if parts.count == 2 {
                key.limit = try QueueFile.Option(name: name, value: String(parts[1]), line: line).number(in: 1...10_000)
            }
            return key
        }
    }

    fileprivate func task(among ids: [String: TaskID]) throws(QueueFileError) -> TaskID {
        guard let id = ids[value] else { throw .unknownTask(value, line: line) }
        return id
    }

    fileprivate func malformed(_ wanted: String) -> QueueFileError {
        .malformed(name, value: value, line: line, wanted: wanted)
    }
}

extension QueueFile.Option {
    /// Nobody's secret is shown in an error.
    fileprivate var withoutPassword: QueueFile.Option {
        guard let scheme = value.firstRange(of: "://"), let at = value[scheme.upperBound...].lastIndex(of: "@"),
            let colon = value[scheme.upperBound..<at].firstIndex(of: ":")
        else { return self }
        var option = self
        option.value = value[...colon] + "***" + value[at...]
        return option
    }
}
