import Domain
import TestSupport
import Testing

@testable import Workspaces

/// A repository with the work of several tasks, and what merges it.
struct BatchBench {
    let fixture: Fixture
    var hints: [TaskID: WorkHint] = [:]
    var remote: IntegrationRemote?

    init(_ fixture: Fixture) { self.fixture = fixture }

    static func standard() async throws -> BatchBench { BatchBench(try await Fixture.standard()) }

    static let check = CheckDefinition(name: "test", command: "make test")
    static let id = TaskID(rawValue: "0123456789")

    var site: IntegrationSite {
        get throws {
            IntegrationSite(
                id: try #require(Self.id),
                repository: fixture.repository,
                directory: "\(fixture.directory.path)/merges/0123456789/work",
                remote: remote
            )
        }
    }

    /// A task that has done what `script` does, with its work on a branch.
    func task(_ number: UInt64, _ script: String, publishes: Bool = true) async throws -> (MergeEntry, any Workspace) {
        let workspace = try await fixture.provider().create(try await fixture.site(number)).workspace
        try await fixture.agent(workspace, script)
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        if publishes { _ = try await workspace.publishBranch(WorkDescription(title: "Task \(number)")) }
        return (MergeEntry(workspace.site.task, name: "Task \(number)"), workspace)
    }

    func entry(_ number: UInt64, _ script: String) async throws -> MergeEntry { try await task(number, script).0 }

    /// Merges; the one check, where there is one, says what `judge` says of its checkout.
    func merge(
        _ entries: [MergeEntry],
        judge: (@Sendable (CleanCheckout) async throws -> CheckVerdict)? = nil
    ) async throws -> MergeReport {
        let batch = MergeBatch(entries, into: "main", checks: judge == nil ? [] : [Self.check])
        return try await fixture.provider()
            .integrate(batch, at: try site, knowing: hints) { checkout, checks, tip in
                var receipts: [CheckReceipt] = []
                for check in checks {
                    let verdict = try await judge?(checkout) ?? .passed
                    receipts.append(
                        CheckReceipt(
                            check: check,
                            verdict: verdict,
                            iteration: 0,
                            duration: .zero,
                            tree: checkout.tree,
                            base: tip,
                            outputTail: "",
                            logPath: ""
                        )
                    )
                }
                return receipts
            }
    }

    func tip(_ name: String = "main") async throws -> CommitID {
        try #require(CommitID(rawValue: try await fixture.git(["rev-parse", name])))
    }

    /// What a merge must leave nothing of.
    func expectNoRemains() async throws {
        #expect(try await fixture.git(["for-each-ref", "refs/makima/merges"]) == "")
        #expect(!TestFiles.exists("\(try site.directory)/vault"))
        #expect(!TestFiles.exists("\(try site.directory)/checkouts"))
    }
}

extension MergeReport {
    var outcomes: [MergeEntryOutcome] { entries.map(\.outcome) }
    var fitting: [Bool] { outcomes.map { if case .fits = $0 { true } else { false } } }
}
