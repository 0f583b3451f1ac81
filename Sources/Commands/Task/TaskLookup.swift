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
            guard let queued = try await reachable(name) else { throw ServiceError.noSuchTask(name) }
            throw CommandError.elsewhere(task: queued.name, daemon: queued.view.daemonId ?? queued.view.home)
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
        let queued = try await reachable(argument.task)
        let service = try await service()
        guard let queued else {
            let task = try await service.find(argument.task)
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
        guard let queued = try await reachable(argument.task) else { return nil }
        guard try await isHere(queued) else { return queued }
        do {
            _ = try await service.find(queued.id.rawValue)
            return nil
        } catch ServiceError.noSuchTask {
            return queued
        }
    }

    /// Whether the latest attempt at the task is one of this machine.
    private func isHere(_ queued: QueuedTask) async throws -> Bool {
        let attempt = try await environment.machine.attempt(of: queued.id)
        return attempt.map { $0.isHeld && $0.number == queued.view.attempt } ?? false
    }

    /// The task of the server, where there is one that can be asked; that it cannot is a warning.
    func reachable(_ name: String) async throws -> QueuedTask? {
        do {
            return try await environment.queued(name)
        } catch let error as any ExplainedError where error.errorCode == .environment {
            environment.complaints.print([
                StyledLine("Warning: ", .warning) + StyledLine("\(error)"),
                StyledLine("Hint: ", .accent) + StyledLine(error.hint),
            ])
            return nil
        }
    }
}
