import ArgumentParser
import Domain
import Runner

/// `makima checkpoints`: the states of the files that can be restored.
struct ListCheckpoints: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoints",
        abstract: "List the states of the files that can be restored"
    )

    @OptionGroup var task: TaskArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (_, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(dossier.checkpoints.map(\.json)))
            return .success
        }
        guard !dossier.checkpoints.isEmpty else {
            environment.notes(quiet).print("There are no checkpoints yet.")
            return .success
        }
        var table = Table(header: ["#", "ITER", "CAUSE", "CHANGE", "TAKEN", "COMMIT"], flexibleColumn: 3)
        table.dispensable = [4, 5]
        for checkpoint in dossier.checkpoints {
            table.add([
                StyledLine("\(checkpoint.number)", .strong), StyledLine("\(checkpoint.iteration)"),
                StyledLine(checkpoint.cause.rawValue.spokenCode), StyledLine(checkpoint.change.words),
                StyledLine(checkpoint.takenAt.formattedUTC), StyledLine(checkpoint.commit.short, .faint),
            ])
        }
        printer.print(table.lines(columns: printer.columns))
        if Self.hasGaps(dossier.checkpoints.map(\.number)) {
            environment.notes(quiet).print(StyledLine("Where a number is missing, none was kept under it.", .faint))
        }
        environment.notes(quiet).print(StyledLine("Hint: ", .accent) + StyledLine(Self.rescue(from: dossier)))
        return .success
    }

    /// How one becomes a branch, whatever became of the workspace: until they are imported, they are in its vault alone.
    private static func rescue(from dossier: TaskDossier) -> String {
        let id = dossier.task.id
        if dossier.removedUpTo != nil {
            return "'git branch NAME refs/makima/checkpoints/\(id)/NUMBER' makes one a branch."
        }
        return "'git fetch \(dossier.vaultPath) refs/makima/checkpoints/NUMBER:refs/heads/NAME', in the "
            + "repository, makes one a branch."
    }

    private static func hasGaps(_ numbers: [Int]) -> Bool {
        guard let first = numbers.min(), let last = numbers.max() else { return false }
        return Set(numbers).count <= last - first
    }
}
