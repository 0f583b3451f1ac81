import ArgumentParser
import Domain
import Runner
import Wire

/// `makima discard`: removes the workspace of a task.
struct DiscardTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Remove the workspace of a task, and forget the task",
        discussion: """
            Refuses to remove work that is nowhere else, unless forced. The branch and the checkpoints stay in the \
            repository, as refs/makima/checkpoints/ID/NUMBER; the README says how to remove what is under refs/makima.
            """
    )

    @OptionGroup var task: TaskArgument

    @Flag(
        name: .shortAndLong,
        help: "Remove work that is nowhere else, too, and end an agent that works on without its makima"
    )
    var force = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let lookup = TaskLookup(environment: environment)
        let reached = try await lookup.reach(task.task)
        var queued: QueuedTask?
        if case .task(let found) = reached {
            if let daemon = found.view.daemonId { throw CommandError.atWork(task: found.name, daemon: daemon) }
            if found.view.home == nil { return try await forget(found, in: environment) }
            queued = found
        }
        let service = try await lookup.service()
        let record: TaskRecord
        do {
            record = try await lookup.find(task, of: service, reached)
        } catch ServiceError.noSuchTask(let name) {
            guard let queued else { throw ServiceError.noSuchTask(name) }
            // Its files went before the server heard of it.
            if force { return try await forget(queued, in: environment) }
            if try await lookup.belongsHere(queued) { return try await forget(queued, in: environment) }
            throw CommandError.elsewhere(task: queued.name, daemon: queued.view.home)
        }
        let dossier = try await service.dossier(record.id)
        let discarded = try await service.discard(dossier.task.id, force: force)
        try await queued?.queue.forget(dossier.task.id)
        if format.json {
            var fields: [(String, JSONValue)] = [("id", .text(dossier.task.id.rawValue)), ("discarded", .flag(true))]
            if !discarded.letGo.isEmpty { fields.append(("letGo", .list(discarded.letGo.map { .whole($0) }))) }
            environment.answers.print(json: .fields(fields))
        } else {
            environment.answers.print(
                StyledLine("Discarded the workspace of task \(dossier.callName), and forgot the task.")
            )
            environment.notes(quiet).print(Self.remains(of: dossier.task.id, discarded))
        }
        return .success
    }

    /// Of a task that no daemon has worked on there is nothing to remove.
    private func forget(_ queued: QueuedTask, in environment: CommandEnvironment) async throws -> ExitStatus {
        try await queued.queue.forget(queued.id)
        if format.json {
            let fields: [(String, JSONValue)] = [("id", .text(queued.id.rawValue)), ("discarded", .flag(true))]
            environment.answers.print(json: .fields(fields))
        } else {
            environment.answers.print(StyledLine("The server has forgotten task \(queued.name)."))
            let isElsewhere = try await !TaskLookup(environment: environment).belongsHere(queued)
            if let home = queued.view.home, isElsewhere {
                environment.notes(quiet)
                    .print(StyledLine("Its files, if there still are any, are at the daemon '\(home)'."))
            }
        }
        return .success
    }

    /// What stays, and how it is got back without makima.
    static func remains(of id: TaskID, _ discarded: DiscardedWork) -> [StyledLine] {
        guard let last = discarded.last else { return [] }
        let refs = "refs/makima/checkpoints/\(id)"
        let numbers = discarded.letGo.map(String.init).listed(atMost: 20)
        let noun = discarded.letGo.count > 1 ? "checkpoints" : "checkpoint"
        var gone = numbers.isEmpty ? [] : ["\(noun) \(numbers)"]
        if discarded.losesAgentCommits { gone.append("commits of the agent's own") }
        let words = "Gone, because 'max_disk_mib' kept it out of your repository: \(gone.joined(separator: "; "))."
        let rest = gone.isEmpty ? "Its checkpoints" : "Its other checkpoints"
        let loss = gone.isEmpty ? [] : [StyledLine(words, .warning)]
        return loss + [
            StyledLine("\(rest) stay in your repository; 'git for-each-ref \(refs)' lists them."),
            StyledLine("Hint: ", .accent) + StyledLine("'git branch NAME \(refs)/\(last)' gets one back."),
        ]
    }
}
