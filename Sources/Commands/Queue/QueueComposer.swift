import ArgumentParser
import Domain
import Runner
import Wire

/// Makes requests of the sections of a file, as `makima run` makes a task of its options; all that is wrong is told together,
/// before anything is sent.
struct QueueComposer {
    let environment: CommandEnvironment
    /// As given on the command line.
    let repository: String?
    /// `nil` where there is no server, which then is not the file's fault.
    let queue: (any TaskQueue)?

    struct Queued {
        var requests: [TaskRequest] = []
        var warnings: [String] = []
    }

    func compose(_ text: String) async throws -> Queued {
        var problems = QueueProblems()
        let file = QueueFile(reading: text, problems: &problems)
        // Nobody waits for a thousand tasks to be made that are not sent.
        if file.sections.count > TaskBatchRequest.most { try problems.check() }
        let demands = file.sections.map { QueueDemands($0.options, problems: &problems) }
        for circle in Self.circles(of: file, demands) { problems.add(circle) }
        let found = await specs(of: file.sections)
        // What keeps every task from being queued is not the file's.
        let refusals = found.refusals.compactMap { $0 as? RefusedSection }
        let isShared = refusals.count == file.sections.count && Set(refusals.map { "\($0.refusal)" }).count == 1
        if problems.isEmpty, isShared, refusals.count > 1, let first = refusals.first { throw first.refusal }
        problems.add(refusals)
        for case let error as QueueFileError in found.refusals { problems.add(error) }
        let ids = try await ids(of: file, found.specs, demands, &problems)
        var queued = Queued()
        if problems.isEmpty {
            for index in file.sections.indices {
                guard let spec = found.specs[index] else { continue }
                let (request, refusal) = request(for: file.sections[index], spec, demands[index], ids)
                queued.requests.append(request)
                problems.add([refusal].compactMap(\.self))
            }
        }
        try problems.check()
        queued.warnings = found.warnings + (try await namesakes(of: found.specs.compactMap(\.self)))
        return queued
    }

    /// What became of the sections.
    private struct Found {
        /// `nil` where a task cannot be made.
        var specs: [TaskSpec?] = []
        var refusals: [any ExplainedError] = []
        var warnings: [String] = []
    }

    private func specs(of sections: [QueueFile.Section]) async -> Found {
        var found = Found()
        var warnings = SharedWarnings(of: sections.count)
        for section in sections {
            guard !section.name.isEmpty else {
                // That was said.
                found.specs.append(nil)
                continue
            }
            do {
                let task = try await run(for: section).composed(in: environment)
                try await PermissionPreview(spec: task.spec).check(on: environment.machine)
                warnings.add(task.warnings, of: section.name)
                found.specs.append(task.spec)
            } catch {
                let known = error as? QueueFileError
                found.refusals.append(known ?? RefusedSection(section: section, refusal: error))
                found.specs.append(nil)
            }
        }
        found.warnings = warnings.sentences
        return found
    }

    /// The request as it is sent, and why a server would not take it.
    private func request(
        for section: QueueFile.Section,
        _ spec: TaskSpec,
        _ demands: QueueDemands,
        _ ids: [String: TaskID]
    ) -> (TaskRequest, RefusedSection?) {
        var request = TaskRequest(spec)
        do {
            try demands.fill(&request, ids: ids)
            _ = try APIText.decode(JSONWriter.bytes(of: APIText.value(request)), as: TaskRequest.self)
            return (request, nil)
        } catch {
            return (request, RefusedSection(section: section, refusal: error))
        }
    }

    /// Whoever gives a file twice has its work done twice.
    private func namesakes(of tasks: [TaskSpec]) async throws -> [String] {
        guard let queue else { return [] }
        var known: [TaskView] = []
        if tasks.count > Self.mostSearches {
            known = try await queue.tasks(matching: nil)
        } else {
            for task in tasks { known += try await queue.tasks(matching: task.name) }
        }
        let names = Set(tasks.map(\.name))
        // One may be found by several names.
        var seen: Set<String> = []
        let same = known.filter {
            names.contains($0.taskName) && $0.status != .done && seen.insert($0.taskId).inserted
        }
        guard let first = same.first else { return [] }
        let name = "'\(first.taskName)' (\(first.taskId.prefix(6)), \(first.status.words))"
        let others = same.count > 1 ? " and \((same.count - 1).counted("other"))" : ""
        return ["The server has tasks of these names already: \(name)\(others). Nothing is replaced."]
    }

    private static let mostSearches = 20

    /// The tasks by what the file calls them; what is not in the file may be at the server.
    private func ids(
        of file: QueueFile,
        _ specs: [TaskSpec?],
        _ demands: [QueueDemands],
        _ problems: inout QueueProblems
    ) async throws -> [String: TaskID] {
        var ids: [String: TaskID] = [:]
        for (section, spec) in zip(file.sections, specs) { ids[section.name] = spec?.id }
        let names = Set(file.sections.map(\.name))
        for option in demands.flatMap(\.references) where !names.contains(option.value) && ids[option.value] == nil {
            guard let queue else { continue }
            do {
                let found = try await QueueLookup(queue: queue).find(option.value)
                ids[option.value] = TaskID(rawValue: found.taskId)
            } catch ServiceError.noSuchTask {
                problems.add(.unknownTask(option.value, line: option.line))
            } catch ServiceError.ambiguous(_, let ids) {
                problems.add(.ambiguousTask(option.value, ids: ids, line: option.line))
            }
        }
        return ids
    }

    /// Each way round on which a task waits for itself; the server would refuse it too, by ids that nobody knows yet.
    static func circles(of file: QueueFile, _ demands: [QueueDemands]) -> [QueueFileError] {
        let parents = Dictionary(zip(file.sections.map(\.name), demands.map { $0.references.map(\.value) })) { a, _ in a
        }
        let lines = Dictionary(file.sections.map { ($0.name, $0.line) }) { first, _ in first }
        var circles: [QueueFileError] = []
        var settled: Set<String> = []
        for section in file.sections where !settled.contains(section.name) {
            var path = [section.name]
            // The next parent to look at, of each on the path.
            var next = [0]
            while let last = path.last, let index = next.last {
                let all = parents[last] ?? []
                guard index < all.count else {
                    settled.insert(last)
                    path.removeLast()
                    next.removeLast()
                    continue
                }
                next[next.count - 1] += 1
                let parent = all[index]
                if let start = path.firstIndex(of: parent) {
                    circles.append(.circle(path[start...] + [parent], line: lines[parent] ?? 0))
                    continue
                }
                guard parents[parent] != nil, !settled.contains(parent) else { continue }
                path.append(parent)
                next.append(0)
            }
        }
        return circles
    }

    /// The options of a section are those of the command line.
    private func run(for section: QueueFile.Section) throws -> RunTask {
        var arguments = ["--name=\(section.name)"]
        if let repository { arguments.append("--repo=\(repository)") }
        let options = section.options.filter { option in
            // What is of no use is told of the section.
            !QueueDemands.names.contains(option.name) && !QueueDemands.pointless.contains(option.name)
        }
        for option in options {
            arguments.append(option.value.isEmpty ? "--\(option.name)" : "--\(option.name)=\(option.value)")
        }
        let hasFile = options.contains { $0.name == "plan-file" }
        if !hasFile || !section.plan.isEmpty {
            arguments += ["--", section.plan.isEmpty ? section.name : section.plan]
        }
        do {
            return try RunTask.parse(arguments)
        } catch {
            let message = RunTask.message(for: error)
            let line = options.first { message.contains("--\($0.name)") }?.line ?? section.line
            throw QueueFileError.options(section: section.name, line: line, message: message)
        }
    }
}

/// Warnings of several tasks: each is told once, with the tasks that it is about, where that is not all of them.
struct SharedWarnings {
    private let count: Int
    private var all: [(warning: String, names: [String])] = []

    init(of count: Int) {
        self.count = count
    }

    mutating func add(_ warnings: [String], of name: String) {
        for warning in warnings {
            if let index = all.firstIndex(where: { $0.warning == warning }) {
                all[index].names.append(name)
            } else {
                all.append((warning, [name]))
            }
        }
    }

    var sentences: [String] {
        all.map { warning, names in
            names.count == count ? warning : "Of \(names.map { "'\($0)'" }.listed(atMost: 5)): \(warning)"
        }
    }
}
