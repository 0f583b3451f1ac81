import Domain
import Fleet
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Daemon

struct DaemonJournalTests {
    @Test func whenADrainIsOverIsKeptUntilItIsTakenBack() async throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/daemon.sqlite"
        let time = Timestamp(millisecondsSince1970: 1_772_000_000_000)
        do {
            let journal = try await DaemonJournal.open(path, makeToken: { "t" })
            try await journal.setDraining(true, stopAt: time, answer: CommandAnswer("a", nil))
        }
        let journal = try await DaemonJournal.open(path, makeToken: { "t" })
        #expect(try await journal.stopAt() == time)
        #expect(try await journal.isDraining())
        try await journal.setDraining(false, stopAt: time, answer: CommandAnswer("b", nil))
        #expect(try await journal.stopAt() == nil)
    }

    private let directory = TemporaryDirectory("makima-daemon-journal")
    private let id = TaskID(rawValue: "0123456789")

    struct Death: Error {}

    @Test func aDaemonKeepsItsNameOnceItHasDoneSomething() async throws {
        let path = "\(directory.path)/named.sqlite"
        let (wrong, right) = (try #require(DaemonID(rawValue: "wrong")), try #require(DaemonID(rawValue: "right")))
        _ = try await DaemonJournal.open(path, as: wrong, makeToken: { "t" })
        do {
            let journal = try await DaemonJournal.open(path, as: right, makeToken: { "t" })
            #expect(journal.identity.daemon == right)
            _ = try await journal.receive(try spawn(), slots: 1)
        }
        #expect(try await DaemonJournal.open(path, makeToken: { "t" }).identity.daemon == right)
        await #expect(throws: DaemonJournalError.otherDaemon(path: path, right, wanted: wrong)) {
            _ = try await DaemonJournal.open(path, as: wrong, makeToken: { "t" })
        }
    }

    @Test func aNewOutboxBeginsWithNothing() async throws {
        let path = "\(directory.path)/anew.sqlite"
        do {
            let journal = try await DaemonJournal.open(path, makeToken: { "old" })
            _ = try await journal.receive(try spawn(), slots: 1)
            try await journal.beginAnew("new")
            #expect(journal.identity.outbox == "new" && journal.pendingBytes == 0)
        }
        let journal = try await DaemonJournal.open(path, makeToken: { "other" })
        #expect(journal.identity.outbox == "new")
        let outbox = try await journal.outbox()
        #expect(outbox.made == 0 && outbox.acknowledged == 0)
    }

    private func open(_ fault: @escaping @Sendable (String) throws -> Void = { _ in }) async throws -> DaemonJournal {
        try await DaemonJournal.open(
            "\(directory.path)/daemon.sqlite",
            makeToken: { "t\(UInt64.random(in: 0 ... .max))" },
            fault: fault
        )
    }

    private func spawn(_ attempt: Int = 1) throws -> ToDaemon {
        var spawn = SpawnTask()
        spawn.head = CommandHead("spawn-\(attempt)", task: try #require(id), attempt: attempt)
        (spawn.taskName, spawn.plan, spawn.targetRepoPath) = ("t", "p", "/r")
        (spawn.agent.name, spawn.agent.kind, spawn.agent.command) = ("a", .command, ["a"])
        return .spawnTask(spawn)
    }

    private func working(_ journal: DaemonJournal) async throws {
        let id = try #require(id)
        #expect(try await journal.receive(try spawn(), slots: 1) == .new)
        let held = try #require(try await journal.held(id))
        try await journal.answer(CommandAnswer("spawn-1", nil), changing: held) { $0?.phase = .working }
    }

    private func batch(_ keys: [String], _ messages: Int = 1) throws -> OutboxBatch {
        var batch = OutboxBatch(try #require(id), attempt: 1)
        batch.keys = keys
        batch.messages = (0..<messages)
            .map { _ in
                var event = TaskEventReport()
                event.event = "notice"
                return event
            }
        return batch
    }

    @Test func itIsTheSameDaemonAfterAStart() async throws {
        let first = try await open().identity
        #expect(try await open().identity == first)
    }

    @Test func aCommandIsKeptOnceAndAnsweredTheSameAgain() async throws {
        let journal = try await open()
        #expect(try await journal.receive(try spawn(), slots: 1) == .new)
        #expect(try await journal.receive(try spawn(), slots: 1) == .known)
        #expect(try await journal.held(try #require(id))?.phase == .accepted)
        #expect(try await journal.nextCommand(of: "0123456789") == (try spawn()))
        let answer = CommandAnswer("spawn-1", nil, .failed)
        try await journal.answer(answer)
        try await journal.answer(CommandAnswer("spawn-1", nil))
        #expect(try await journal.receive(try spawn(), slots: 1) == .answered(answer))
        #expect(try await journal.nextCommand(of: "0123456789") == nil)
    }

    @Test func numbersHaveNoGapsAndSequencesAreOfTheirAttempt() async throws {
        let journal = try await open()
        try await working(journal)
        #expect(try await journal.enter(try batch(["a"], 2)) == 2)
        #expect(try await journal.enter(try batch(["b"])) == 3)
        let frames = try await journal.entries(1..<10, atMost: 1 << 20)
        let stamps = try frames.map { try Frame.decode($0.frame, as: ToServer.self).stamp }
        #expect(frames.map(\.number) == [1, 2, 3])
        #expect(stamps.map { $0?.number } == [1, 2, 3])
        #expect(stamps.map { $0?.sequence } == [1, 2, 3])
        #expect(try await journal.acknowledge(upTo: 3) == false)
        #expect(try await journal.enter(try batch(["c"])) == 4)
        #expect(journal.pendingBytes > 0)
    }

    @Test func whatWasEnteredIsNotEnteredAgain() async throws {
        let journal = try await open()
        try await working(journal)
        #expect(try await journal.enter(try batch(["a"])) == 1)
        #expect(try await journal.enter(try batch(["b", "a"])) == nil)
        #expect(try await journal.progress(of: try #require(id)).derived == ["a"])
        var piece = try batch([])
        piece.piece = OutboxBatch.Piece("s", 0..<5)
        #expect(try await journal.enter(piece) == 2)
        #expect(try await journal.enter(piece) == nil)
        #expect(try await journal.outbox().made == 2)
    }

    @Test func anAttemptIsClosedWhenTheServerHasItsEnd() async throws {
        let journal = try await open()
        try await working(journal)
        var end = try batch(["end"])
        end.isEnd = true
        #expect(try await journal.enter(end) == 1)
        #expect(try await journal.held(try #require(id))?.phase == .reported)
        #expect(try await journal.enter(try batch(["late"])) == nil)
        #expect(try await journal.acknowledge(upTo: 1))
        #expect(try await journal.held(try #require(id))?.phase == .closed)
        #expect(journal.pendingBytes == 0)
    }

    @Test func aFencedAttemptEntersNothing() async throws {
        let journal = try await open()
        try await working(journal)
        try await journal.fence(try #require(id), attempt: 2)
        #expect(try await journal.held(try #require(id))?.phase == .working)
        try await journal.fence(try #require(id), attempt: 1)
        #expect(try await journal.enter(try batch(["a"])) == nil)
    }

    /// Dies before and after each of all writes in turn, begins anew each time, and comes to the same.
    @Test func aDeathAtAnyWriteLosesNothingAndDoublesNothing() async throws {
        let writes = try await play(dyingAt: nil).writes
        #expect(writes > 8)
        for point in 1...writes {
            let played = try await play(dyingAt: point)
            #expect(played.numbers == Array(1...4), "death at \(point)")
            #expect(played.keys == ["a", "b", "c", "end"], "death at \(point)")
        }
    }

    private func play(dyingAt point: Int?) async throws -> (numbers: [Int], keys: Set<String>, writes: Int) {
        let room = TemporaryDirectory("makima-daemon-journal")
        let count = Mutex(0)
        var seen: [Int] = []
        for _ in 0..<3 {
            let fault: @Sendable (String) throws -> Void = { _ in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == point { throw Death() }
            }
            let path = "\(room.path)/d.sqlite"
            let journal = try await DaemonJournal.open(path, makeToken: { "token" }, fault: fault)
            do {
                try await live(journal, &seen)
                return (seen, try await journal.progress(of: try #require(id)).derived, count.withLock { $0 })
            } catch is Death {
                continue
            }
        }
        Issue.record("It died more than once.")
        return ([], [], 0)
    }

    /// What a daemon does from each of its starts on: it looks what is there, and does the rest.
    private func live(_ journal: DaemonJournal, _ seen: inout [Int]) async throws {
        let id = try #require(id)
        if case .answered = try await journal.receive(try spawn(), slots: 1) {
        } else {
            let held = try #require(try await journal.held(id))
            try await journal.answer(CommandAnswer("spawn-1", nil), changing: held) { $0?.phase = .working }
        }
        let known = try await journal.progress(of: id).derived
        for key in ["a", "b", "c", "end"] where !known.contains(key) {
            var batch = try batch([key])
            batch.isEnd = key == "end"
            _ = try await journal.enter(batch)
            try await deliver(journal, &seen)
        }
        try await deliver(journal, &seen)
    }

    /// A receiver that takes each number once, whatever it is told twice.
    private func deliver(_ journal: DaemonJournal, _ seen: inout [Int]) async throws {
        for entry in try await journal.entries(1..<100, atMost: 1 << 20) where entry.number > (seen.last ?? 0) {
            seen.append(entry.number)
        }
        if let last = seen.last { try await journal.acknowledge(upTo: last) }
    }
}
