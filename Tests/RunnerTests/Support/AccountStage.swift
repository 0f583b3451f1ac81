import Domain
import Journal
import LoopCore
import TestSupport

@testable import Runner

/// A journal, a lock and two clocks, as several makima processes of one state directory share them.
struct AccountStage {
    static let begin = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    let directory = TemporaryDirectory("makima-waiting")
    let clock = ManualClock()
    let wallClock = ManualWallClock(begin)
    let journal: SQLiteJournal
    let account = AgentAccount(of: AgentConfiguration(name: "a", kind: .command, command: ["a"]), logins: [])

    init() throws {
        journal = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
    }

    static func task() throws -> TaskRecord {
        var random = SeededGenerator(seed: 1)
        let spec = TaskSpec(
            id: TaskID(using: &random),
            name: "n",
            plan: "p",
            repository: RepositorySpec(path: "/r", base: nil),
            agent: AgentConfiguration(name: "a", kind: .command, command: ["a"])
        )
        return TaskRecord(spec: spec, createdAt: begin)
    }

    /// The gate of another process for each seed.
    func gate(_ seed: UInt64 = 1) throws -> AccountGate {
        var random = SeededGenerator(seed: seed)
        return AccountGate(
            account: account,
            task: TaskID(using: &random),
            journal: try SQLiteJournal(path: "\(directory.path)/journal.sqlite"),
            lock: "\(directory.path)/account.lock",
            wallClock: wallClock
        )
    }

    func pause(_ wait: TaskWait, _ gate: AccountGate) -> Pause {
        let surroundings = Surroundings(
            clock: clock,
            wallClock: wallClock,
            jitter: { 0.5 },
            token: { "token" }
        )
        return Pause(wait: wait, gate: gate, surroundings: surroundings)
    }

    /// A wait that began now.
    func wait(_ length: Duration) -> TaskWait {
        TaskWait(.usageLimit, from: wallClock.now(), until: wallClock.now() + length)
    }

    /// Lets everybody know of a limit.
    func learn(_ length: Duration) async throws {
        let wait = AccountWait(
            .usageLimit,
            from: wallClock.now(),
            until: wallClock.now() + length,
            learnedBy: try gate().task
        )
        try await journal.learn(wait, of: account)
    }

    /// Lets the time pass, for the clock that only goes forward and for the wall clock.
    func pass(_ time: Duration) {
        wallClock.set(wallClock.now() + time)
        clock.advance(by: time)
    }
}

extension AccountGate.Entry {
    var isStart: Bool {
        guard case .start = self else { return false }
        return true
    }

    var probe: AccountProbe? {
        guard case .probe(let probe) = self else { return nil }
        return probe
    }

    var hold: AccountHold? {
        guard case .hold(let hold) = self else { return nil }
        return hold
    }
}
