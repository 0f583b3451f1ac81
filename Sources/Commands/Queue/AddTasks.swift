import ArgumentParser
import Domain
import Runner
import Wire

/// `makima add`: gives a server the tasks of a file.
struct AddTasks: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Queue the tasks of a file at the server",
        discussion: """
            Each heading of the first level ('# Parser') begins a task. Directly below it stand options, one a line: those of \
            'makima run' without '--', as 'check: make test' (a flag is 'include-changes:'), and\u{20}
              after: NAMES          begin when these tasks are done; of the file, or of the server
              after-merged: NAMES   the same, when their work is in the target branch, too
              continue: NAME        begin with the work of that task
              priority: NUMBER      higher is sooner (-100 to 100)
              label: WORDS          a daemon must have all of these; with commas between
              key: NAME [NUMBER]    of the tasks with this name, only so many are at work at once (default: 1)
              not-before: TIME      as 2026-03-01T22:00:00Z
              url: URL              daemons clone the repository from there, and do not use yours
            After an empty line comes the plan; without one, the heading is the plan. All tasks of the file are queued, or none.
            """
    )

    @Argument(help: "The file, or '-' for standard input", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The repository (default: the one around the current directory)", valueName: "dir"))
    var repo: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue: any TaskQueue
        let queued: QueueComposer.Queued
        do {
            let file = try QueueFile(try read(in: environment))
            queue = try await environment.queue()
            queued = try await QueueComposer(environment: environment, repository: repo, queue: queue).compose(file)
        } catch {
            throw RefusedCommand(error)
        }
        environment.notes(quiet).print(queued.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
        let key = "add-\(queued.requests.first?.taskId ?? "")"
        let made = try await queue.add(queued.requests, key: key)
        try QueueAnswer(made, at: queue.address).print(in: environment, format, quiet)
        return .success
    }

    private func read(in environment: CommandEnvironment) throws -> String {
        var options = PlanOptions()
        options.name = nil
        options.plan = file == "-" ? file : nil
        options.planFile = file == "-" ? nil : file
        return try PlanReader(options: options, environment: environment).read()
    }
}

/// Makes requests of the sections of a file, as `makima run` makes a task of its options.
struct QueueComposer {
    let environment: CommandEnvironment
    /// As given on the command line.
    let repository: String?

    let queue: any TaskQueue

    struct Queued {
        var requests: [TaskRequest] = []
        var warnings: [String] = []
    }

    func compose(_ file: QueueFile) async throws -> Queued {
        var demands: [QueueDemands] = []
        for section in file.sections { demands.append(try QueueDemands(section.options)) }
        try Self.refuseCircles(file, demands)
        var queued = Queued()
        var composed: [TaskSpec] = []
        var warnings = SharedWarnings(of: file.sections.count)
        for section in file.sections {
            let run = try run(for: section)
            do {
                let task = try await run.composed(in: environment)
                try await PermissionPreview(spec: task.spec).check(on: environment.machine)
                composed.append(task.spec)
                warnings.add(task.warnings, of: section.name)
            } catch {
                throw RefusedSection(section: section, refusal: error)
            }
        }
        let ids = try await ids(of: file, composed, demands)
        for (demand, spec) in zip(demands, composed) {
            var request = TaskRequest(spec)
            try demand.fill(&request, ids: ids)
            queued.requests.append(request)
        }
        queued.warnings = warnings.sentences + (try await namesakes(of: composed))
        return queued
    }

    /// Whoever gives a file twice has its work done twice.
    private func namesakes(of tasks: [TaskSpec]) async throws -> [String] {
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
    private func ids(of file: QueueFile, _ composed: [TaskSpec], _ demands: [QueueDemands]) async throws
        -> [String: TaskID]
    {
        var ids: [String: TaskID] = [:]
        for (section, spec) in zip(file.sections, composed) { ids[section.name] = spec.id }
        for option in demands.flatMap(\.references) where ids[option.value] == nil {
            do {
                let found = try await QueueLookup(queue: queue).find(option.value)
                ids[option.value] = TaskID(rawValue: found.taskId)
            } catch ServiceError.noSuchTask {
                throw QueueFileError.unknownTask(option.value, line: option.line)
            }
        }
        return ids
    }

    /// The server would refuse them too, by ids that nobody knows yet.
    static func refuseCircles(_ file: QueueFile, _ demands: [QueueDemands]) throws(QueueFileError) {
        let parents = Dictionary(zip(file.sections.map(\.name), demands.map { $0.references.map(\.value) })) { a, _ in a
        }
        var settled: Set<String> = []
        for section in file.sections {
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
                if let start = path.firstIndex(of: parent) { throw .circle(path[start...] + [parent]) }
                guard parents[parent] != nil, !settled.contains(parent) else { continue }
                path.append(parent)
                next.append(0)
            }
        }
    }

    /// The options of a section are those of the command line.
    private func run(for section: QueueFile.Section) throws -> RunTask {
        var arguments = ["--name=\(section.name)"]
        if let repository { arguments.append("--repo=\(repository)") }
        let options = section.options.filter { !QueueDemands.names.contains($0.name) }
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

extension TaskRequest {
    /// The task, as a daemon of any machine that has its repository can run it.
    init(_ spec: TaskSpec) {
        self.init()
        taskId = spec.id.rawValue
        spawn = SpawnTask(spec, command: "queued", attempt: 1)
    }
}

/// What came of queueing tasks, for the person who did it.
struct QueueAnswer {
    let creation: CreationView
    let address: String

    init(_ creation: CreationView, at address: String) {
        self.creation = creation
        self.address = address
    }

    func print(in environment: CommandEnvironment, _ format: FormatOptions, _ quiet: QuietOptions) throws {
        if format.json {
            environment.answers.print(json: .list(try creation.tasks.map { try APIText.value($0) }))
            return
        }
        var table = Table(header: ["TASK", "NAME", "WAITS FOR"], flexibleColumn: 1)
        let names = Dictionary(creation.tasks.map { ($0.taskId, $0.taskName) }) { first, _ in first }
        for task in creation.tasks {
            let parents = task.dependencies.map { names[$0.taskId] ?? String($0.taskId.prefix(6)) }
            table.add([
                StyledLine(String(task.taskId.prefix(6)), .strong), StyledLine(task.taskName),
                StyledLine(parents.joined(separator: ", ")),
            ])
        }
        let printer = environment.answers
        printer.print(table.lines(columns: printer.columns))
        let first = creation.tasks.first.map { String($0.taskId.prefix(6)) } ?? "TASK"
        environment.notes(quiet)
            .print([
                StyledLine("Queued at \(address)."),
                StyledLine("Hint: ", .accent)
                    + StyledLine("Follow one with 'makima attach \(first)'; 'makima list' shows all."),
            ])
    }
}

extension CommandEnvironment {
    /// The server that commands go through; throws where there is none.
    func queue() async throws -> any TaskQueue {
        guard let queue = try await machine.openQueue() else {
            throw CommandError.noServer(isAsleep: try await machine.tasksOfSleepingServer() != nil)
        }
        return queue
    }
}
