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
        let (service, record) = try await TaskLookup(environment: environment).record(task)
        let diff = try await service.diff(record.id, iteration.map { .iteration($0) } ?? .total)
        let printer = environment.answers
        if !diff.missing.isEmpty {
            environment.notes(quiet)
                .print(StyledLine("Warning: ", .warning) + StyledLine(Self.incomplete(diff)))
        }
        if diff.text.isEmpty {
            environment.notes(quiet).print(Self.nothing(record))
        } else if printer.isTerminal {
            show(diff.text, on: printer)
        } else {
            printer.write(diff.text)
        }
        return .success
    }

    /// What an agent is at work on is in no checkpoint yet.
    static func nothing(_ task: TaskRecord) -> StyledLine {
        guard task.status.isActive else { return "Nothing differs." }
        return "No checkpoint differs yet; what the agent is at work on is in one when its iteration ends. "
            + "'makima show \(task.id.short)' says where its files are."
    }

    static func incomplete(_ diff: TaskDiff) -> String {
        let numbers = diff.missing.map(String.init).listed(atMost: 5)
        let subject = diff.missing.count > 1 ? "Checkpoints \(numbers) are" : "Checkpoint \(numbers) is"
        return "\(subject) not in the repository (not brought in yet, or beyond 'max_disk_mib'): this goes up to "
            + "checkpoint \(diff.upTo)."
    }

    /// How many lines are written at once.
    private static let batch = 500

    private func show(_ diff: [UInt8], on printer: Printer) {
        var lines: [StyledLine] = []
        for line in diff.split(separator: 0x0A, omittingEmptySubsequences: false) {
            lines.append(Self.styled(line))
            guard lines.count == Self.batch else { continue }
            printer.print(lines)
            lines = []
        }
        // What follows the last line feed is a line only where it is something.
        if diff.last == 0x0A { lines = lines.dropLast() }
        printer.print(lines)
    }

    /// A carriage return at the end of a line is the file's own and not to be seen.
    private static func styled(_ line: ArraySlice<UInt8>) -> StyledLine {
        StyledLine(verbatim: line.last == 0x0D ? line.dropLast() : line, style(of: line))
    }

    private static func style(of line: ArraySlice<UInt8>) -> Style {
        if line.starts(with: "diff ".utf8) || line.starts(with: "+++".utf8) || line.starts(with: "---".utf8) {
            return .strong
        }
        switch line.first {
        case UInt8(ascii: "@"): return .accent
        case UInt8(ascii: "+"): return .good
        case UInt8(ascii: "-"): return .bad
        default: return .plain
        }
    }
}
