import ArgumentParser
import Domain
import Runner

/// `makima diff`: what a task changed.
struct ShowDiff: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what a task changed since its base",
        discussion: "Into a pipe or a file the diff goes as git makes it, fit for 'git apply'."
    )

    @OptionGroup var task: TaskArgument
    @OptionGroup var quiet: QuietOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Only what this iteration changed", valueName: "number"))
    var iteration: Int?

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let service = try await TaskLookup(environment: environment).service()
        let record = try await service.find(task.task)
        let diff = try await service.diff(record.id, iteration.map { .iteration($0) } ?? .total)
        let printer = environment.answers
        if diff.isEmpty {
            environment.notes(quiet).print("Nothing differs.")
        } else if printer.isTerminal {
            let lines = TerminalText.clean(bytes: diff).split(omittingEmptySubsequences: false) { $0 == "\n" }
            printer.print(lines.dropLast(lines.last == "" ? 1 : 0).map { Self.styled(String($0)) })
        } else {
            printer.write(diff)
        }
        return .success
    }

    private static func styled(_ line: String) -> StyledLine {
        let style: Style =
            if line.hasPrefix("diff ") || line.hasPrefix("+++") || line.hasPrefix("---") {
                .strong
            } else if line.hasPrefix("@@") {
                .accent
            } else if line.hasPrefix("+") {
                .good
            } else if line.hasPrefix("-") {
                .bad
            } else {
                .plain
            }
        return StyledLine(verbatim: line, style)
    }
}
