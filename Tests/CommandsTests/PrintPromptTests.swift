import Domain
import Testing

@testable import Commands

/// `makima run --print-prompt`.
struct PrintPromptTests {
    @Test func printsTheFirstPromptAndCreatesNothing() async {
        let bench = TestBench()
        let status = await bench.run(
            "run",
            "Mend it",
            "--check",
            "make test",
            "--protect",
            "/Tests/**",
            "--max-iterations",
            "3",
            "--print-prompt"
        )
        #expect(status == .success)
        let prompt = bench.output.text
        #expect(prompt.hasPrefix("Mend it\n\n---\n"))
        for part in ["iteration 1 of at most 3", "`make test`", "`Tests/**`", "<COMPLETION_GATE>"] {
            #expect(prompt.contains(part), "\(part)")
        }
        #expect(prompt.hasSuffix("Without a gate the loop goes on.\n"))
        #expect(bench.errors.bytes.isEmpty)
        #expect(bench.machine.service.calls.isEmpty)
    }

    @Test func refusesWhatARunRefuses() async {
        var bench = TestBench()
        bench.machine.settings.tasks.agents.append(
            AgentConfiguration(name: "kim", kind: .command, command: ["kim"])
        )
        let status = await bench.run("run", "Mend it", "--agent", "kim", "--max-cost-usd", "1", "--print-prompt")
        #expect(status == .usage)
        #expect(bench.output.bytes.isEmpty)
        #expect(bench.errors.text.contains("max_cost_usd"))
        #expect(!bench.errors.text.contains("comes from the configuration"))
    }

    @Test func saysThatABudgetComesFromTheConfiguration() async {
        var bench = TestBench()
        bench.machine.settings.tasks.agents.append(
            AgentConfiguration(name: "kim", kind: .command, command: ["kim"])
        )
        bench.machine.settings.tasks.budgets.maxCost = USD(microdollars: 5)
        #expect(await bench.run("run", "Mend it", "--agent", "kim") == .usage)
        #expect(bench.errors.text.contains("The budget comes from the configuration."))
        #expect(bench.machine.service.calls.isEmpty)
    }

    @Test func printsItAsJSON() async {
        let bench = TestBench()
        #expect(await bench.run("run", "Mend it", "--print-prompt", "--json") == .success)
        #expect(bench.output.text.hasPrefix(#"{"type":"prompt","prompt":"Mend it\n\n---\n"#))
        #expect(bench.output.text.split(separator: "\n").count == 1)
    }

    @Test func usesTheTemplatesOfTheSettings() async {
        var bench = TestBench()
        bench.machine.settings.tasks.prompts.first = "Mine: {{plan}}, {{limit}}"
        #expect(await bench.run("run", "Mend it", "--print-prompt") == .success)
        #expect(bench.output.text == "Mine: Mend it, 10\n")
    }

    @Test func aTaskKeepsItsTemplates() async {
        var bench = TestBench()
        #expect(await bench.run("run", "Mend it") == .success)
        bench.machine.settings.tasks.prompts.first = "Mine: {{plan}}"
        #expect(await bench.run("run", "Mend it") == .success)
        let specs = bench.machine.service.calls.compactMap { if case .create(let spec) = $0 { spec } else { nil } }
        #expect(specs.map(\.prompts) == [nil, PromptTexts(first: "Mine: {{plan}}")])
    }

    @Test func steersNoTerminal() async {
        let bench = TestBench(outputTerminal: TerminalSize(columns: 80, rows: 24))
        #expect(await bench.run("run", "Mend \u{1B}[31mit", "--print-prompt") == .success)
        #expect(!bench.output.text.contains("\u{1B}"))
    }
}
