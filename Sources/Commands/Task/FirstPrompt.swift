import Domain
import LoopCore
import Runner

/// The first prompt of a task that is not created.
struct FirstPrompt {
    private let text: String

    init(of spec: TaskSpec) throws {
        var spec = spec
        spec.protected = try spec.protected.map(ProtectedPattern.normalised)
        text = try PromptComposer.compose(
            PromptFacts(spec, iteration: 1, session: .fresh),
            templates: PromptTemplates(spec.prompts)
        )
    }

    /// Elsewhere than on a terminal every byte is as it would be given, and a line feed follows.
    func print(on printer: Printer, _ format: FormatOptions) -> ExitStatus {
        if format.json {
            printer.print(json: RunEvent.line("prompt", [("prompt", .text(text))]))
        } else if printer.isTerminal {
            printer.printForeign(text)
        } else {
            printer.write(Array("\(text)\n".utf8))
        }
        return .success
    }
}
