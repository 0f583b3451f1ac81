import Domain
import Runner
import Wire

/// Finds the task that a command is about.
struct TaskLookup {
    let environment: CommandEnvironment

    func service() async throws -> any TaskService {
        try await environment.machine.makeService()
    }

    /// Returns the service together with everything it knows about the task, for what needs its files.
    ///
    /// Throws where they are at a daemon of another machine.
    func dossier(_ argument: TaskArgument) async throws -> (any TaskService, TaskDossier) {
        let (service, task) = try await record(argument)
        return (service, try await service.dossier(task.id))
    }

    /// The same without what belongs to the task.
    func record(_ argument: TaskArgument) async throws -> (any TaskService, TaskRecord) {
        let service = try await service()
        do {
            return (service, try await service.find(argument.task))
        } catch ServiceError.noSuchTask(let name) {
            switch try await reach(name) {
            case .unknown: throw ServiceError.noSuchTask(name)
            case .away(let error): throw error
            case .task(let queued):
                throw CommandError.elsewhere(task: queued.name, daemon: queued.view.daemonId ?? queued.view.home)
            }
        }
    }

    /// What is known of a task, here and at the server.
    struct Finding {
        var dossier: TaskDossier
        /// `nil` where no server has the task.
        var server: ServerFacts?
    }

    /// Everything that this machine or the server knows: of a task that is worked on elsewhere, the server knows more.
    func finding(_ argument: TaskArgument) async throws -> Finding {
        let reached = try await reach(argument.task)
        let service = try await service()
        guard case .task(let queued) = reached else {
            let task = try await find(argument, of: service, reached)
            return Finding(dossier: try await service.dossier(task.id))
        }
        let isHere = try await isHere(queued)
        // Only of one task alone the server says what it waits for.
        let view = try await queued.queue.task(queued.id) ?? queued.view
        let server = ServerFacts(address: queued.queue.address, view: view, isHere: isHere)
        if isHere {
            do {
                return Finding(dossier: try await service.dossier(queued.id), server: server)
            } catch ServiceError.noSuchTask {}
        }
        let history = try await queued.queue.history(of: queued.id)
        let page = ServerDossier(view: view, history: history, callName: queued.name)
        guard let dossier = page.dossier else { throw ServiceError.noSuchTask(argument.task) }
        return Finding(dossier: dossier, server: server)
    }

    /// The task of the server, where this machine does not have what is to be shown of it.
    func elsewhere(_ argument: TaskArgument, than service: any TaskService) async throws -> QueuedTask? {
        let reached = try await reach(argument.task)
        guard case .task(let queued) = reached else {
            _ = try await find(argument, of: service, reached)
            return nil
        }
        guard try await isHere(queued) else { return queued }
        do {
            _ = try await service.find(queued.id.rawValue)
            return nil
        } catch ServiceError.noSuchTask {
            return queued
        }
    }

    /// Whether the latest attempt at the task is one of this machine, and its files are as that left them.
    private func isHere(_ queued: QueuedTask) async throws -> Bool {
        let attempt = try await environment.machine.attempt(of: queued.id)
        return attempt.map { $0.isHeld && $0.number == queued.view.attempt } ?? false
    }

    /// Whether the task's files would be on this machine, if there were any.
    func belongsHere(_ queued: QueuedTask) async throws -> Bool {
        guard let home = queued.view.home else { return false }
        return try await environment.machine.ownDaemon() == home
    }

    /// What the server said when it was asked for a task.
    enum Reached {
        case task(QueuedTask)
        /// There is no server, or it knows none of that name.
        case unknown
        /// It could not be asked.
        case away(any ExplainedError)
    }

    func reach(_ name: String) async throws -> Reached {
        do {
            return try await environment.queued(name).map { .task($0) } ?? .unknown
        } catch let error as any ExplainedError where error.errorCode == .environment {
            return .away(error)
        }
    }

    /// The task of this machine, with a warning where its server may know more; one that is not here may be there.
    func find(_ argument: TaskArgument, of service: any TaskService, _ reached: Reached) async throws -> TaskRecord {
        do {
            let task = try await service.find(argument.task)
            if case .away(let error) = reached { environment.warn(of: error) }
            return task
        } catch ServiceError.noSuchTask(let name) {
            if case .away(let error) = reached { throw error }
            throw ServiceError.noSuchTask(name)
        }
    }
}

extension CommandEnvironment {
    /// Tells of what is wrong beside what was asked for.
    func warn(of error: any ExplainedError) {
        complaints.print([
            StyledLine("Warning: ", .warning) + StyledLine("\(error)"),
            StyledLine("Hint: ", .accent) + StyledLine(error.hint),
        ])
    }
}
