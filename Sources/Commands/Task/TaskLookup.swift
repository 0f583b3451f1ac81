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
            let reached = try await reach(name)
            guard case .task(let queued) = reached else { throw reached.doubt ?? ServiceError.noSuchTask(name) }
            throw CommandError.elsewhere(task: queued.name, daemon: queued.view.daemonId ?? queued.view.home)
        }
    }

    /// What is known of a task, here and at the server.
    struct Finding {
        var dossier: TaskDossier
        /// `nil` where no server has the task.
        var server: ServerFacts?
        /// Its daemon, which does not run, goes on with it when it is started.
        var goesOn = false

        /// For people, below what is shown.
        var remark: [StyledLine] {
            guard goesOn else { return [] }
            let name = dossier.callName
            return [
                StyledLine("Its daemon does not run: the task goes on by itself when that is started.", .warning),
                StyledLine("Hint: ", .accent)
                    + StyledLine("'makima stop \(name)' or 'makima pause \(name)' keeps it from that."),
            ]
        }
    }

    /// Everything that this machine or the server knows: of a task that is worked on elsewhere, the server knows more.
    func finding(_ argument: TaskArgument) async throws -> Finding {
        let reached = try await reach(argument.task)
        let service = try await service()
        guard case .task(let queued) = reached else {
            let task = try await find(argument, of: service, reached)
            var finding = Finding(dossier: try await service.dossier(task.id))
            finding.goesOn = try await environment.machine.attempt(of: task.id)?.goesOn ?? false
            if !finding.goesOn { finding.dossier.told = finding.dossier.toldWithoutServer }
            return finding
        }
        return try await finding(queued, of: service)
    }

    /// Everything that this machine or the server knows of a task that the server has.
    func finding(_ queued: QueuedTask, of service: any TaskService) async throws -> Finding {
        let isHere = try await isHere(queued)
        // Only of one task alone the server says what it waits for.
        let view = try await queued.queue.task(queued.id) ?? queued.view
        let server = ServerFacts(address: queued.queue.address, view: view, isHere: isHere)
        if isHere {
            do {
                var finding = Finding(dossier: try await service.dossier(queued.id), server: server)
                finding.dossier.told = view.told
                return finding
            } catch ServiceError.noSuchTask {}
        }
        let history = try await queued.queue.history(of: queued.id)
        let page = ServerDossier(view: view, history: history, callName: queued.name)
        guard let dossier = page.dossier else { throw ServiceError.noSuchTask(queued.id.rawValue) }
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
    func isHere(_ queued: QueuedTask) async throws -> Bool {
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
        /// It has tasks that are not over, and does not run.
        case asleep
        /// It could not be asked.
        case away(any ExplainedError)

        /// What stands in the place of "there is no such task" where nobody can know that; `nil` where somebody does.
        var doubt: (any ExplainedError)? {
            switch self {
            case .task, .unknown: nil
            case .asleep: CommandError.noServer(isAsleep: true)
            case .away(let error): error
            }
        }
    }

    func reach(_ name: String) async throws -> Reached {
        do {
            if let queued = try await environment.queued(name) { return .task(queued) }
            let isAsleep = try await (environment.machine.tasksOfSleepingServer() ?? 0) > 0
            return isAsleep ? .asleep : .unknown
        } catch let error as any ExplainedError where error.errorCode == .environment {
            return .away(error)
        }
    }

    /// The task of this machine, with a warning where its server may know more; one that is not here may be there.
    func find(_ argument: TaskArgument, of service: any TaskService, _ reached: Reached) async throws -> TaskRecord {
        do {
            let task = try await service.find(argument.task)
            try await warn(of: reached, about: task.id)
            return task
        } catch ServiceError.noSuchTask(let name) {
            throw reached.doubt ?? ServiceError.noSuchTask(name)
        }
    }

    private func warn(of reached: Reached, about task: TaskID) async throws {
        switch reached {
        case .task, .unknown: return
        case .away(let error): environment.warn(of: error)
        case .asleep:
            // Of tasks that no daemon of this machine had it knows nothing.
            guard try await environment.machine.attempt(of: task) != nil else { return }
            environment.warn(of: CommandError.noServer(isAsleep: true))
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
