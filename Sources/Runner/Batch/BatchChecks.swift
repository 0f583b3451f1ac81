import Checks
import Domain
import Processes
import Workspaces

/// Runs the checks of a batch on a clean checkout, one after the other.
struct BatchChecks: Sendable {
    let parts: ServiceParts
    let room: Confinement
    let timeout: Duration
    /// Ends the check that runs when nobody waits for it any more.
    let control: ProcessControl

    func receipts(in checkout: CleanCheckout, of checks: [CheckDefinition], _ tip: CommitID) async throws
        -> [CheckReceipt]
    {
        var receipts: [CheckReceipt] = []
        for (index, check) in checks.enumerated() {
            try Task.checkCancellation()
            receipts.append(try await receipt(of: check, index, in: checkout, tip))
            // One that was ended with the daemon says nothing; the job is taken up again.
            try Task.checkCancellation()
        }
        return receipts
    }

    private func receipt(of check: CheckDefinition, _ index: Int, in checkout: CleanCheckout, _ tip: CommitID)
        async throws -> CheckReceipt
    {
        let spool = room.directory.check(index, label: "merge")
        try OwnFiles.remove(spool)
        try makeDirectories(spool)
        // What stays goes with the directory of the job.
        defer { try? OwnFiles.remove(spool) }
        let confined = room.shellCommand(
            check.command,
            binds: checkout.binds,
            workingDirectory: checkout.workingDirectory,
            network: check.network
        )
        let supervised = confined.supervised(in: room, spool: spool, deadline: check.timeout ?? timeout)
        defer { control.detach() }
        let runner = CheckRunner(supervisor: parts.supervisor, clock: parts.surroundings.clock)
        let execution = await runner.run(supervised) { control.attach($0) }
        if !room.sandbox.isConfining { _ = await Strays(of: Spool(spool)).end(waitingBy: parts.surroundings.clock) }
        var receipt = CheckReceipt(
            check: check,
            verdict: HiddenProgram.explain(
                execution.verdict,
                output: execution.outputTail,
                in: room,
                parts.agents
            ),
            iteration: 0,
            duration: execution.duration,
            tree: checkout.tree,
            base: tip,
            outputTail: execution.outputTail,
            // Its end is all that is kept.
            logPath: ""
        )
        receipt.limitHits = execution.limitHits
        return receipt
    }
}
