import Domain
import Runner

/// Finds the task that a command is about.
struct TaskLookup {
    let environment: CommandEnvironment

    func service() async throws -> any TaskService {
        try await environment.machine.makeService()
    }

    /// Returns the service together with everything it knows about the task.
    func dossier(_ argument: TaskArgument) async throws -> (any TaskService, TaskDossier) {
        let service = try await service()
        let task = try await service.find(argument.task)
        return (service, try await service.dossier(task.id))
    }
}
