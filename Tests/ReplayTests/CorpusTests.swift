import Replay
import Testing

/// Every scenario of the corpus, played with the real runner.
///
/// Where makima decides otherwise the scenario is in `known-differences.txt`; one that is there and passes fails.
struct CorpusTests {
    @Test(.timeLimit(.minutes(5)), arguments: try Corpus.scenarios().filter(\.missing.isEmpty))
    func endsAsItShould(_ scenario: Scenario) async throws {
        let stage = await Corpus.stage()
        let verdict = try await Corpus.turnstile.pass { try await ScenarioRun(scenario, on: stage).play() }
        guard let reason = try Corpus.knownDifferences()[scenario.id] else {
            for difference in verdict.differences { Issue.record("\(difference)") }
            return
        }
        withKnownIssue("\(reason)") {
            for difference in verdict.differences { Issue.record("\(difference)") }
        }
    }

    @Test(arguments: try Corpus.scenarios().filter { !$0.missing.isEmpty })
    func cannotBePlayedYet(_ scenario: Scenario) {
        let needs = scenario.missing.map(\.rawValue).joined(separator: ", ")
        withKnownIssue { Issue.record("\(scenario.id) needs \(needs)") }
    }

    @Test func knowsDifferencesOfExistingScenariosOnly() throws {
        let ids = try Corpus.scenarios().filter(\.missing.isEmpty).map(\.id)
        #expect(try Set(Corpus.knownDifferences().keys).subtracting(ids) == [])
    }
}
