import Replay

/// Plays the scenarios of all files, some at once, and prints how each one ended, in their order.
struct ReplayReport {
    let options: ReplayOptions

    private enum End: Sendable {
        case judged(Verdict)
        case notRun(String)
        case broken(String)
    }

    /// How many plays go on at once: most of their time they wait for processes.
    private static let width = 6

    /// Returns whether every scenario that was played ended as expected.
    func run() async throws -> Bool {
        let scenarios = try options.files.flatMap { try ScenarioFile(reading: $0).scenarios }
            .filter { options.only.isEmpty || options.only.contains($0.id) }
        if let unknown = options.only.subtracting(scenarios.map(\.id)).min() {
            throw ReplayOptions.Problem(message: "There is no scenario '\(unknown)'.")
        }
        let stage = await ReplayStage(shim: ReplayStage.builtShim, confines: !options.isUnconfined)
        if !stage.isConfining { Printed.error("Agents are played without a sandbox.") }
        let begin = ContinuousClock.now
        let ends = await play(scenarios, on: stage)
        return summarise(ends, time: begin.duration(to: .now))
    }

    private func play(_ scenarios: [Scenario], on stage: ReplayStage) async -> [End] {
        var ends: [Int: End] = [:]
        var shown = 0
        await withTaskGroup(of: (Int, End).self) { group in
            var next = 0
            while next < scenarios.count || !group.isEmpty {
                if next < scenarios.count, next - ends.count < Self.width {
                    let (index, scenario) = (next, scenarios[next])
                    group.addTask { (index, await Self.end(of: scenario, on: stage)) }
                    next += 1
                } else if let (index, end) = await group.next() {
                    ends[index] = end
                }
                while let end = ends[shown] {
                    show(end, of: scenarios[shown])
                    shown += 1
                }
            }
        }
        return Array(ends.values)
    }

    private static func end(of scenario: Scenario, on stage: ReplayStage) async -> End {
        guard scenario.missing.isEmpty else {
            return .notRun(scenario.missing.map(\.rawValue).joined(separator: ", "))
        }
        do {
            return .judged(try await ScenarioRun(scenario, on: stage).play())
        } catch {
            return .broken("\(error)")
        }
    }

    private func show(_ end: End, of scenario: Scenario) {
        switch end {
        case .judged(let verdict) where verdict.isMet:
            Printed.line("ok       \(scenario.id)  \(scenario.title)")
            if options.isVerbose { Printed.line("           \(verdict.summary)") }
        case .judged(let verdict):
            Printed.line("FAILED   \(scenario.id)  \(scenario.title)")
            for difference in verdict.differences { Printed.line("           \(difference)") }
            if options.isVerbose { Printed.line("           \(verdict.summary)") }
        case .notRun(let needs):
            Printed.line("NOT RUN  \(scenario.id)  \(scenario.title) (needs \(needs))")
        case .broken(let problem):
            Printed.line("FAILED   \(scenario.id)  \(scenario.title)")
            Printed.line("           it could not be played: \(problem)")
        }
    }

    private func summarise(_ ends: [End], time: Duration) -> Bool {
        let met = ends.count { if case .judged(let verdict) = $0 { verdict.isMet } else { false } }
        let notRun = ends.count { if case .notRun = $0 { true } else { false } }
        let failed = ends.count - met - notRun
        let seconds = (time / .milliseconds(100)).rounded() / 10
        Printed.line("\(ends.count) scenarios: \(met) ok, \(failed) failed, \(notRun) not run; \(seconds) s")
        return failed == 0
    }
}
