import ArgumentParser
import Domain

/// `makima doctor`: says whether makima can work on this machine.
struct DiagnoseMachine: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether makima can work on this machine, and what is missing"
    )

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let findings = await environment.machine.diagnose()
        let printer = environment.answers
        if format.json {
            printer.print(json: .list(findings.map(\.json)))
        } else {
            for finding in findings { printer.print(finding.lines) }
        }
        return findings.contains { $0.verdict == .broken } ? .failure : .success
    }
}

extension Diagnosis {
    fileprivate var lines: [StyledLine] {
        let mark =
            switch verdict {
            case .fine: StyledLine("✓", .good)
            case .warning: StyledLine("!", .warning)
            case .broken: StyledLine("✗", .bad)
            }
        let line = mark + StyledLine(" \(DisplayWidth.pad(subject, to: 12)) ", .strong) + StyledLine(finding)
        return [line] + (hint.map { [StyledLine("    Hint: ", .accent) + StyledLine($0)] } ?? [])
    }

    fileprivate var json: JSONValue {
        .fields([
            ("subject", .text(subject)), ("verdict", .text(verdict.rawValue)), ("finding", .text(finding)),
            ("hint", .text(hint)),
        ])
    }
}
