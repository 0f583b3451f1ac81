import Domain
import Runner
import Testing

@testable import Commands

struct RestoredWorkTests {
    private static func checkpoint(_ number: Int, _ cause: CheckpointCause, tree: Character) throws -> Checkpoint {
        var checkpoint = Sample.checkpoint(number, cause: cause)
        checkpoint.tree = try #require(TreeID(rawValue: String(repeating: tree, count: 40)))
        return checkpoint
    }

    private static func dossier(_ reason: Reason, restored tree: Character?) throws -> TaskDossier {
        var dossier = Sample.dossier(try Sample.task(reason))
        dossier.checkpoints = [
            try checkpoint(1, .iterationEnded, tree: "a"), try checkpoint(2, .iterationEnded, tree: "b"),
        ]
        if let tree {
            dossier.checkpoints += [
                try checkpoint(3, .beforeRestore, tree: "b"), try checkpoint(4, .restored, tree: tree),
            ]
        }
        var receipt = Sample.receipt(.passed, iteration: 2)
        receipt.tree = dossier.checkpoints[1].tree
        dossier.receipts = [receipt]
        return dossier
    }

    @Test func aDoneTaskSaysThatItsWorkspaceHasOtherFiles() throws {
        let dossier = try Self.dossier(.completed(.verified), restored: "a")
        let words = "at checkpoint 1; proven is checkpoint 2"
        #expect(dossier.restoredWork?.words == words)
        let page = TaskPage(dossier: dossier, columns: 100).lines.map(\.text)
        #expect(page.contains { $0.contains("restored") && $0.contains(words) })
        #expect(try Self.dossier(.completed(.verified), restored: "c").restoredWork?.present == 4)
    }

    @Test func whatIsProvenOrNotDoneSaysNothing() throws {
        #expect(try Self.dossier(.completed(.verified), restored: nil).restoredWork == nil)
        #expect(try Self.dossier(.completed(.verified), restored: "b").restoredWork == nil)
        #expect(try Self.dossier(.interrupted(.person), restored: "a").restoredWork == nil)
    }
}
