import Domain
import Fleet
import Store
import Synchronization
import Wire

/// Counts what a server has done since it began.
final class Meter: Sendable {
    /// All counts at one moment.
    struct Counts: Hashable, Sendable {
        /// Answers to requests, by their status.
        var requests: [Int: Int] = [:]
        /// Messages of daemons that are stored, and those that came again or too late.
        var messages = 0
        var repetitions = 0
        var staleMessages = 0
        /// By how they ended.
        var iterations: [String: Int] = [:]
        var cost = USD.zero
        var tokens = 0
        /// Attempts by the status they ended with.
        var ends: [TaskStatus: Int] = [:]
        var handOvers = 0
        var lostAttempts = 0
        var lostSessions = 0
    }

    private let counts = Mutex(Counts())

    var now: Counts { counts.withLock(\.self) }

    func count(_ change: (inout Counts) -> Void) {
        counts.withLock { change(&$0) }
    }
}

extension Meter.Counts {
    /// Takes in what a message of a daemon has brought about.
    mutating func note(_ effect: InboxEffect) {
        messages += 1
        for iteration in effect.iterations { note(iteration) }
        guard case .status(let report) = effect.report, !report.status.isActive, report.status != .pending else {
            return
        }
        ends[report.status, default: 0] += 1
    }

    /// A daemon of another version has other words, each of which is a series for good: those beyond so many are one.
    private static let codes = 32

    mutating func countEnd(_ code: String) {
        let isNamed = iterations[code] != nil || iterations.count < Self.codes
        iterations[isNamed ? code : "other", default: 0] += 1
    }

    private mutating func note(_ entry: IterationEntry) {
        do throws(WireError) {
            guard let report = try entry.report() else { return }
            countEnd(report.end.code)
            let usage = report.usage.usage
            cost = cost + (usage.cost ?? .zero)
            tokens += usage.tokens ?? 0
        } catch {
            // Of another version of makima: what cannot be read cannot be counted.
            return
        }
    }
}
