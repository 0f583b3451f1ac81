import ArgumentParser
import Domain
import Runner

/// `makima restore`: makes the files of the workspace those of a checkpoint.
struct RestoreCheckpoint: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make the files of the workspace those of a checkpoint",
        discussion: "What is there now is kept in a checkpoint of its own first."
    )

    @OptionGroup var task: TaskArgument

    @Argument(help: "The checkpoint's number, as 'makima checkpoints' lists it; 0 is the base")
    var checkpoint: Int

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let kept = try await service.restore(dossier.task.id, to: checkpoint)
        if format.json {
            environment.answers.print(json: .fields([("restored", .whole(checkpoint)), ("kept", kept.json)]))
            return .success
        }
        environment.answers.print(
            StyledLine("Restored checkpoint \(checkpoint) of task \(dossier.callName) in \(dossier.workspacePath).")
        )
        environment.notes(quiet)
            .print([
                StyledLine("What was there before is checkpoint \(kept.number)."),
                StyledLine("Hint: ", .accent) + StyledLine("Go on with 'makima resume \(dossier.callName)'."),
            ])
        return .success
    }
}
