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
        let restored = try await service.restore(dossier.task.id, to: checkpoint)
        let kept = restored.kept
        if format.json {
            environment.answers.print(json: .fields([("restored", .whole(checkpoint)), ("kept", kept.json)]))
            return .success
        }
        environment.answers.print(
            StyledLine("Restored checkpoint \(checkpoint) of task \(dossier.callName) in \(dossier.workspacePath).")
        )
        environment.notes(quiet)
            .print(
                Self.remarks(on: restored) + [
                    StyledLine("Hint: ", .accent) + StyledLine(Self.hint(for: dossier))
                ]
            )
        return .success
    }

    private static func remarks(on restored: RestoredFiles) -> [StyledLine] {
        guard restored.isRemade else {
            return [StyledLine("What was there before is checkpoint \(restored.kept.number).")]
        }
        let lost =
            "The directory was gone and was made anew: what no checkpoint holds, as ignored files and those that "
            + "look like secrets, is not in it."
        let problem = restored.copyProblem.map { [StyledLine("Warning: ", .warning) + StyledLine($0)] } ?? []
        return [StyledLine(lost)] + problem
    }

    /// A task that is done cannot be gone on with.
    private static func hint(for dossier: TaskDossier) -> String {
        guard dossier.task.status != .done else {
            return
                "The task is done and is not gone on with; 'makima merge \(dossier.callName)' checks what is there now."
        }
        return dossier.call.wayOn
    }
}
