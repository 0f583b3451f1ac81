import Domain
import Journal
import TestSupport
import Testing

@testable import Simulation

/// The journal in memory answers as the real one, whatever is asked and in whatever order.
struct MemoryJournalTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func answersAsTheRealOne(_ seed: UInt64) async throws {
        let directory = TemporaryDirectory("makima-journal", in: "/dev/shm")
        let real = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
        let inMemory = MemoryJournal()
        var kinds: Set<String> = []
        for number in 0..<200 as Range<UInt64> {
            let wish = Wish(seed: seed << 32 | number)
            let (expected, actual) = (await wish.make(of: real), await wish.make(of: inMemory))
            #expect(expected == actual, "\(wish) number \(number)")
            kinds.insert("\(wish.kind) \(expected.prefix(12))")
            // All of it is much, and seldom: what differs stays different.
            guard number.isMultiple(of: 10) else { continue }
            for task in Wish.tasks { #expect(try await contents(task, of: real) == contents(task, of: inMemory)) }
        }
        #expect(kinds.count > 20)
    }

    private func contents(_ id: TaskID, of journal: any TaskJournal) async throws -> [String] {
        let task = try await journal.task(id)
        let listing = try await journal.tasks(latest: 1)
        let neighbours = try await journal.neighbours(of: [id])
        return [
            "\(neighbours.map(\.rawValue).sorted())",
            "\(String(describing: task))", "\(listing)", "\(try await journal.iterations(of: id))",
            "\(try await journal.checkpoints(of: id))", "\(try await journal.events(of: id))",
            "\(try await journal.messages(of: id))", "\(try await journal.questions(of: id))",
            "\(String(describing: try await journal.wait(of: Wish.account)))",
        ]
    }
}

/// Something that a journal is asked to do, by chance.
private struct Wish: CustomStringConvertible {
    enum Kind: String, CaseIterable {
        case insert, update, delete, begin, end, checkpoint, say, deliver, ask, answer, learn, probe, forget
    }

    static let agent = AgentConfiguration(name: "a", kind: .claude, command: ["claude"])
    static let account = AgentAccount(of: agent, logins: [])
    static let tasks: [TaskID] = (1...2)
        .map {
            var random = SeededGenerator(seed: UInt64($0))
            return TaskID(using: &random)
        }

    let kind: Kind
    private let seed: UInt64

    init(seed: UInt64) {
        var dice = Dice(seed: seed)
        let kinds = Kind.allCases
        // A task is seldom deleted: what is to be compared would go with it.
        let rolled = kinds[dice.roll(kinds.count)]
        kind = rolled == .delete && !dice.chance(5) ? .update : rolled
        self.seed = seed &+ 1
    }

    var description: String { kind.rawValue }

    /// What the journal answers, as text.
    func make(of journal: any TaskJournal) async -> String {
        do {
            return try await answer(of: journal)
        } catch {
            return "\(error)"
        }
    }

    private func answer(of journal: any TaskJournal) async throws -> String {
        var dice = Dice(seed: seed)
        let id = Self.tasks[dice.roll(2)]
        let now = Timestamp(millisecondsSince1970: Int64(dice.roll(1_000_000)))
        let number = 1 + dice.roll(6)
        switch kind {
        case .insert: try await journal.insert(task(id, .pending, &dice))
        case .update:
            let expected = try await dice.chance(4) ? .running : journal.task(id)?.status ?? .pending
            let allowed = expected.successors.sorted { $0.rawValue < $1.rawValue }
            let next = dice.chance(4) ? Self.status(&dice) : allowed.first
            return "\(try await journal.update(task(id, next ?? expected, &dice), expecting: expected))"
        case .delete: try await journal.delete(id)
        case .begin: try await journal.beginIteration(Self.iteration(&dice), of: id)
        case .end:
            let open = try await journal.iterations(of: id).last { $0.endedAt == nil } ?? Self.iteration(&dice)
            let status = try await journal.task(id)?.status ?? .running
            try await journal.endIteration(Self.ended(open, &dice), task: task(id, status, &dice))
        case .checkpoint: try await journal.recordCheckpoint(Self.checkpoint(number), of: id)
        case .say: return "\(try await journal.say("words", to: id, at: now))"
        case .deliver: try await journal.deliver(number, of: id, TaskMessage.Receipt(.live, iteration: 1, at: now))
        case .ask:
            guard try await journal.task(id) != nil else { return "nobody asks" }
            return "\(try await journal.ask(Self.request, in: number, at: now, of: id))"
        case .answer:
            let source = TaskQuestion.Source.allCases[dice.roll(3)]
            return "\(try await journal.answer(number, of: id, TaskQuestion.Answer("yes", from: source, at: now)))"
        case .learn:
            let until = now + .seconds(dice.roll(1000))
            try await journal.learn(AccountWait(.usageLimit, from: now, until: until, learnedBy: id), of: Self.account)
        case .probe: try await journal.begin(AccountWait.Probe(task: id, began: now), of: Self.account)
        case .forget: try await journal.forgetWait(of: Self.account, learnedUntil: now)
        }
        return "done"
    }

    // MARK: - Values

    private func task(_ id: TaskID, _ status: TaskStatus, _ dice: inout Dice) -> TaskRecord {
        var spec = TaskSpec(
            id: id,
            name: "task",
            plan: "Mend it.",
            repository: RepositorySpec(path: "/nonexistent", base: nil),
            agent: Self.agent
        )
        spec.questions = QuestionPolicy()
        var task = TaskRecord(spec: spec, createdAt: Timestamp(millisecondsSince1970: 1))
        task.status = status
        task.reason = dice.chance(2) ? .interrupted(.person) : nil
        task.iterations = dice.roll(8) / 4
        task.runs = dice.roll(8) / 4
        task.usage = Usage(cost: USD(microdollars: Int64(dice.roll(100))), tokens: 1)
        return task
    }

    private static func status(_ dice: inout Dice) -> TaskStatus {
        TaskStatus.allCases[dice.roll(TaskStatus.allCases.count)]
    }

    private static func iteration(_ dice: inout Dice) -> IterationRecord {
        IterationRecord(
            number: 1 + dice.roll(4),
            attempt: 1 + dice.roll(2),
            run: dice.roll(3),
            startedAt: Timestamp(millisecondsSince1970: 5)
        )
    }

    private static func ended(_ record: IterationRecord, _ dice: inout Dice) -> IterationRecord {
        var ended = record
        ended.endedAt = dice.chance(10) ? nil : Timestamp(millisecondsSince1970: 6 + Int64(dice.roll(2)))
        var outcome = IterationOutcome(
            agent: AgentOutcome(end: dice.chance(2) ? .ok : .question(text: "Which?")),
            gate: .missing,
            checkpoint: dice.chance(2) ? checkpoint(record.number) : nil,
            counted: dice.chance(2)
        )
        outcome.messages = [1 + dice.roll(6)]
        ended.outcome = outcome
        return ended
    }

    private static let request = PermissionRequest(tool: "Bash", kind: .other, subject: "make")

    private static func checkpoint(_ number: Int) -> Checkpoint {
        Checkpoint(
            number: number,
            commit: SimulatedWorkspace.commit(number),
            tree: SimulatedAgent.tree(number),
            cause: .iterationEnded,
            iteration: number,
            agentHead: nil,
            takenAt: Timestamp(millisecondsSince1970: 7),
            change: ChangeSize(files: number)
        )
    }
}
