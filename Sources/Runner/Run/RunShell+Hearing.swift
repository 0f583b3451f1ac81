import Domain
import Journal
import LoopCore

extension RunShell {
    /// Adds to what may complete the task whether people have said something that its agent has not heard.
    ///
    /// It is looked up when the machine decides, and not before: what is said during the checks is heard, too.
    func heard(_ happening: Happening) async -> Happening {
        switch happening {
        case .iterationEnded(var report, let outcome):
            report.hasUnheard = await hasUnheard(besides: outcome.messages ?? [])
            return .iterationEnded(report, outcome)
        case .checksEnded(var report, let after):
            report.hasUnheard = await hasUnheard()
            return .checksEnded(report, after)
        case .event, .waitEnded, .probeWorks: return happening
        }
    }

    /// Those in a prompt get their receipts with the end of its iteration.
    ///
    /// What cannot be read holds up nothing: that the agent has ended is written down all the same.
    private func hasUnheard(besides told: [Int] = []) async -> Bool {
        (try? await parts.journal.hasUnheard(of: task.id, besides: told)) ?? false
    }
}
