import ArgumentParser
import Domain

/// `makima config`: every setting with its value and where it comes from.
struct ShowConfiguration: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show every setting with its value and where it comes from"
    )

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    @Option(help: "The repository whose makima.toml counts (default: the one around the current directory)")
    var repo: String?

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let directory = environment.absolute(repo ?? ".")
        let repository = try await environment.machine.inspectRepository(at: directory, base: nil)
        let settings = try await environment.machine.loadSettings(for: repository)
        environment.notes(quiet).print(settings.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(settings.shown.map(\.object)))
            return .success
        }
        var table = Table(header: ["SETTING", "VALUE", "SOURCE"], flexibleColumn: 1)
        for setting in settings.shown {
            table.add([
                StyledLine(setting.key, .strong), StyledLine(setting.value), StyledLine(setting.sourceName, .faint),
            ])
        }
        printer.print(table.lines(columns: printer.columns))
        return .success
    }
}

extension ShownSetting {
    fileprivate var sourceName: String { source ?? "default" }

    fileprivate var object: JSONValue {
        .fields([("key", .text(key)), ("value", json), ("source", .text(sourceName))])
    }
}
