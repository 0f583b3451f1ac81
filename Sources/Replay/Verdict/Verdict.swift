import Domain
import Runner

/// How what came of a play compares with what was expected.
package struct Verdict: Hashable, Sendable {
    /// One line for each expectation that was not met.
    package private(set) var differences: [Difference] = []
    /// What came, in one line.
    package let summary: String

    package struct Difference: Hashable, Sendable, CustomStringConvertible {
        var subject: String
        var expected: String
        var got: String

        package var description: String { "\(subject): expected \(expected), got \(got)" }
    }

    package var isMet: Bool { differences.isEmpty }

    init(on played: Played, scenario: Scenario) {
        summary = played.summary
        let expectation = scenario.expectation
        guard played.refusal == nil else {
            note("the task", expectation.outcome, played.summary)
            return
        }
        compareOutcome(played, expectation)
        compareNumbers(played, expectation)
        comparePhases(played, scenario.phases)
        compareWaits(played, expectation.waits)
        compareStarts(played, expectation)
        compareProcesses(played, expectation)
        compareWorkspace(played, expectation)
    }

    mutating func note(_ subject: String, _ expected: some CustomStringConvertible, _ got: some CustomStringConvertible)
    {
        differences.append(Difference(subject: subject, expected: "\(expected)", got: "\(got)"))
    }

    /// Compares where something is expected.
    mutating func compare<T: Equatable>(_ subject: String, _ expected: T?, _ got: T?) {
        guard let expected, expected != got else { return }
        note(subject, "\(expected)", got.map { "\($0)" } ?? "none")
    }

    // MARK: - How it ended

    private mutating func compareOutcome(_ played: Played, _ expectation: Expectation) {
        guard let task = played.task else { return }
        if expectation.status == Expectation.waitingFirst {
            compareWaiting(played, expectation)
        } else {
            let isReason = expectation.reason == nil || expectation.reason == task.reason?.code
            if TaskStatus(wireName: expectation.status) != task.status || !isReason {
                note("outcome", expectation.outcome, played.outcome)
            }
        }
        guard let proof = expectation.proof, task.status == .done else { return }
        if proof != "any" { compare("proof", proof, task.proof?.rawValue) }
    }

    private mutating func compareWaiting(_ played: Played, _ expectation: Expectation) {
        let cause = played.waits.first?.cause.rawValue
        let hasWaited = cause != nil && (expectation.reason == nil || expectation.reason == cause)
        if !hasWaited || (expectation.then != nil && expectation.then != played.task?.status.rawValue) {
            note("outcome", expectation.outcome, played.outcome)
        }
    }

    private mutating func compareNumbers(_ played: Played, _ expectation: Expectation) {
        compare("iterations", expectation.iterations, played.task?.iterations)
        compare("starts of the agent", expectation.starts, played.starts.count)
        if let least = expectation.leastCheckpoints {
            let count = played.dossier?.checkpoints.count { $0.cause != .base } ?? 0
            if count < least { note("checkpoints", "\(least) or more", count) }
        }
        if let isResumable = expectation.isResumable {
            compare("resumable", isResumable, played.task?.status.isResumable)
        }
    }

    private mutating func comparePhases(_ played: Played, _ phases: [Scenario.Phase]) {
        for (index, phase) in phases.enumerated() {
            let end = played.phases.indices.contains(index) ? played.phases[index] : nil
            compare("status of phase \(index + 1)", phase.status, end?.status.rawValue)
            compare("iterations of phase \(index + 1)", phase.iterations, end?.iterations)
        }
    }
}

extension Expectation {
    /// The status of a task that waits, then goes on by itself.
    static let waitingFirst = "waiting_then"

    var outcome: String {
        let end = status + (reason.map { "(\($0))" } ?? "")
        return end + (then.map { ", \($0)" } ?? "")
    }
}

extension Played {
    /// Status and reason, after the waits there were.
    var outcome: String {
        guard let task else { return refusal.map { "refused: \($0)" } ?? "nothing" }
        let code = task.reason?.code
        let end = task.status.rawValue + (code == nil || code == task.status.rawValue ? "" : "(\(code ?? ""))")
        return waits.first.map { "waiting(\($0.cause.rawValue)), \(end)" } ?? end
    }

    var summary: String {
        guard let task else { return outcome }
        return "\(outcome), \(task.iterations) iterations, \(starts.count) starts"
    }
}
