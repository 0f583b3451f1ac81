import Domain
import FoundationEssentials
import LoopCore

/// The machine as the journal keeps it.
enum LoopState {
    static func encode(_ machine: LoopMachine) throws -> String {
        String(decoding: try JSONEncoder().encode(machine), as: UTF8.self)
    }

    /// Returns `nil` where nothing was kept, or what was kept is of another version of makima: the loop then begins with
    /// the counts of the task's row.
    static func decode(_ text: String?) -> LoopMachine? {
        guard let text else { return nil }
        // A memory that cannot be read costs the breaker's counts, never the task: its row has iterations and spending.
        return try? JSONDecoder().decode(LoopMachine.self, from: Data(text.utf8))
    }
}

/// Something that was begun for an iteration and must be done before the next one.
enum UnfinishedBusiness: Hashable, Sendable {
    /// The verdict is in, but the completion action is not done.
    case completion(Proof)
    /// The agent was ready, but the checks have not run to their end.
    case verdict(IterationReport)
    /// The agent was ready, and a person has given other checks than those that judged it.
    case otherVerdict
    /// The agent was ready, and a person has to allow the changes to protected paths.
    case protectedPaths
}

extension LoopMachine {
    var unfinishedBusiness: UnfinishedBusiness? {
        switch state {
        case .stopped(.completed(let proof)): .completion(proof)
        case .checking(let report), .stopping(_, .checks(let report)): .verdict(report)
        case .stopped(.blocked(.protectedPaths)): .protectedPaths
        case .ready, .iterating, .waiting, .stopping, .stopped: memory.owedVerdict.map(UnfinishedBusiness.verdict)
        }
    }
}
