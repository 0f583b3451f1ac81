import Domain
import Runner
import Testing

@testable import Commands

struct HostileTextTests {
    private static let hostile = "x\u{1B}]52;c;ZXZpbA==\u{07}\u{1B}[2J\u{9B}5n\u{202E}y\rError: forged\nHint: rm"

    /// A task of which everything that others may have written is hostile.
    private func dossier() throws -> TaskDossier {
        let reason = Reason.blocked(.protectedPaths([Self.hostile, Self.hostile]))
        var dossier = try Sample.fullDossier(reason)
        let check = CheckDefinition(name: Self.hostile, command: Self.hostile)
        dossier.task.spec.name = Self.hostile
        dossier.task.spec.plan = Self.hostile
        dossier.task.spec.checks = [check]
        dossier.task.spec.protected = [Self.hostile]
        dossier.task.spec.repository.baseBranch = Self.hostile
        dossier.task.branch = Self.hostile
        dossier.workspacePath = Self.hostile
        var receipt = Sample.receipt(.failed(exitCode: 1), iteration: 2)
        receipt.check = check
        receipt.outputTail = Self.hostile
        receipt.logPath = Self.hostile
        dossier.receipts = [receipt]
        let gate = CompletionGate(ready: true, reason: Self.hostile, blockers: [Self.hostile])
        dossier.iterations = [Sample.iteration(1, gate: .stated(gate), receipts: [receipt])]
        return dossier
    }

    @Test(
        arguments: [
            ["list"], ["show", "k7"], ["why", "k7"], ["checkpoints", "k7"], ["diff", "k7"], ["resume", "k7"],
            ["restore", "k7", "1"], ["merge", "k7"], ["stop", "k7"], ["discard", "k7"],
        ],
        [[], ["--json"]]
    )
    func nothingOfItReachesTheTerminal(_ arguments: [String], _ format: [String]) async throws {
        guard arguments[0] != "diff" || format.isEmpty else { return }
        let service = FakeTaskService(dossiers: [try dossier()])
        service.configure {
            $0.diff = Array(Self.hostile.utf8)
            $0.reason = .blocked(.question(text: Self.hostile))
            $0.events = [.agent(.text(Self.hostile)), .notice(.secretsLeftOut([Self.hostile]))]
            $0.mergeResult = .conflict(branch: Self.hostile, paths: [Self.hostile])
        }
        let size = TerminalSize(columns: 70, rows: 24)
        let bench = TestBench(service: service, outputTerminal: size, errorTerminal: size)
        _ = await CommandLineProgram.run(in: bench.environment(arguments + format))
        for sink in [bench.output, bench.errors] {
            let terminal = VirtualTerminal(sink.bytes)
            #expect(terminal.faults.isEmpty)
            let shown = terminal.screen.joined().unicodeScalars
            #expect(shown.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) || $0 == "\t" })
            #expect(
                !terminal.screen.contains { $0.hasPrefix("Error: forged") || $0.hasPrefix("Hint: rm") }
                    || arguments == ["diff", "k7"]
            )
        }
    }
}
