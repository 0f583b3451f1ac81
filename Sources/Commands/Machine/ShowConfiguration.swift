import ArgumentParser
import Domain

/// `makima config`: the settings with their values and where they come from.
struct ShowConfiguration: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the settings that are not at their defaults, or all, and where they come from",
        discussion: "With '--json' it is always all of them: numbers, true and false, arrays, null; times are texts."
    )

    @Flag(help: "Show every setting, not only what somebody has set")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    @Option(
        help: "The repository whose makima.toml counts (default: the one around the current directory)",
        completion: .directory
    )
    var repo: String?

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let directory = environment.absolute(repo ?? ".")
        let repository = try await environment.machine.inspectRepository(at: directory, base: nil)
        let settings = try await environment.machine.loadSettings(for: repository)
        let notes = environment.notes(quiet)
        notes.print(settings.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(settings.shown.map(\.object)))
            return .success
        }
        let shown = settings.shown.filter { all || $0.source != nil }
        printer.print(table(of: shown).lines(columns: printer.columns))
        let rest = settings.shown.count - shown.count
        if rest > 0 { notes.print(Self.remark(on: rest, isEverything: shown.isEmpty)) }
        return .success
    }

    private func table(of settings: [ShownSetting]) -> Table {
        guard !settings.isEmpty else { return Table(header: [], flexibleColumn: 0) }
        var table = Table(header: ["SETTING", "VALUE", "SOURCE"], flexibleColumn: 1)
        for setting in settings {
            table.add([
                StyledLine(setting.key, .strong), StyledLine(setting.value), StyledLine(setting.sourceName, .faint),
            ])
        }
        return table
    }

    private static func remark(on rest: Int, isEverything: Bool) -> StyledLine {
        let sentence =
            isEverything ? "Every setting has its default" : "Not shown: \(rest.counted("setting")) with the default"
        return StyledLine("\(sentence); 'makima config --all' shows all.", .faint)
    }
}

extension ShownSetting {
    fileprivate var sourceName: String { source ?? "default" }

    fileprivate var object: JSONValue {
        .fields([("key", .text(key)), ("value", json), ("source", .text(sourceName))])
    }
}
