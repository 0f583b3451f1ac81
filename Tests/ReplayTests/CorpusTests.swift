import Replay
import Testing

/// Every scenario of the corpus, played with the real runner.
///
/// Where makima decides otherwise the scenario is in `known-differences.txt`; one that is there and passes fails.
struct CorpusTests {
    @Test(.timeLimit(.minutes(15)), arguments: try Corpus.scenarios().filter(\.missing.isEmpty))
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

    /// `makima-replay` names them as not run; nothing else may be left out.
    @Test func leavesOutOnlyWhatNeedsAServer() throws {
        for scenario in try Corpus.scenarios() {
            #expect(Set(scenario.missing.map(\.rawValue)).isSubset(of: ["daemon", "ws"]), "\(scenario.id)")
        }
    }

    @Test func knowsDifferencesOfExistingScenariosOnly() throws {
        let ids = try Corpus.scenarios().filter(\.missing.isEmpty).map(\.id)
        #expect(try Set(Corpus.knownDifferences().keys).subtracting(ids) == [])
    }
}
