import Domain
import Runner
import Testing

@testable import Commands

/// What is said of checkpoints that are in no repository.
struct LetGoTests {
    private func remains(_ letGo: [Int], losesCommits: Bool = false) throws -> String {
        var discarded = DiscardedWork(last: 4)
        discarded.letGo = letGo
        discarded.losesAgentCommits = losesCommits
        let id = try Sample.task().id
        return DiscardTask.remains(of: id, discarded).map { $0.rendered(colour: false) }.joined(separator: "\n")
    }

    @Test func whatIsGoneIsNamed() throws {
        #expect(try remains([]).hasPrefix("Its checkpoints stay in your repository"))
        let gone = try remains([2, 3], losesCommits: true)
        #expect(gone.contains("Gone, because 'max_disk_mib' kept it out of your repository: checkpoints 2, 3; commits"))
        #expect(gone.contains("Its other checkpoints stay") && gone.contains("/4' gets one back"))
        #expect(try remains([2]).contains("repository: checkpoint 2."))
    }

    @Test func aDiffSaysHowFarItGoes() {
        let one = ShowDiff.incomplete(TaskDiff([], upTo: 1, missing: [2]))
        #expect(one.hasPrefix("Checkpoint 2 is not in the repository") && one.hasSuffix("up to checkpoint 1."))
        #expect(ShowDiff.incomplete(TaskDiff([], upTo: 1, missing: [2, 3])).hasPrefix("Checkpoints 2, 3 are not"))
    }
}
