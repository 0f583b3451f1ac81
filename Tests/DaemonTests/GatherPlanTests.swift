import Domain
import Glibc
import Processes
import Testing

@testable import Daemon

struct GatherPlanTests {
    private let base = CommitID(rawValue: String(repeating: "a", count: 40))

    private func task(_ status: TaskStatus = .running) throws -> TaskRecord {
        let id = try #require(TaskID(rawValue: "0123456789"))
        let agent = AgentConfiguration(name: "a", kind: .command, command: ["a"])
        let spec = TaskSpec(
            id: id,
            name: "t",
            plan: "p",
            repository: RepositorySpec(path: "/r", base: base),
            agent: agent
        )
        var record = TaskRecord(spec: spec, createdAt: Timestamp(millisecondsSince1970: 0))
        record.status = status
        return record
    }

    private func facts(_ change: (inout TaskFacts) -> Void) throws -> TaskFacts {
        var facts = TaskFacts(try task(), attempt: 1)
        change(&facts)
        return facts
    }

    private func iteration(_ number: Int, attempt: Int = 1, ended: Bool) -> IterationRecord {
        var record = IterationRecord(
            number: number,
            attempt: attempt,
            run: 1,
            startedAt: Timestamp(millisecondsSince1970: 0)
        )
        if ended { record.endedAt = Timestamp(millisecondsSince1970: 1) }
        return record
    }

    private func checkpoint(_ number: Int, iteration: Int, commit: Character = "b") throws -> Checkpoint {
        Checkpoint(
            number: number,
            commit: try #require(CommitID(rawValue: String(repeating: commit, count: 40))),
            tree: try #require(TreeID(rawValue: String(repeating: commit, count: 40))),
            cause: .iterationEnded,
            iteration: iteration,
            agentHead: nil,
            takenAt: Timestamp(millisecondsSince1970: 0),
            change: ChangeSize()
        )
    }

    private func event(_ status: TaskStatus, _ reason: Reason? = nil) -> TaskEvent {
        TaskEvent(at: Timestamp(millisecondsSince1970: 0), status: status, reason: reason, iteration: 0, run: 1)
    }

    /// All steps until there is none, each noted as done.
    private func steps(_ facts: TaskFacts, after start: GatherProgress = GatherProgress()) -> [GatherStep] {
        var (facts, progress, steps) = (facts, start, [GatherStep]())
        while let step = GatherPlan.next(facts, after: progress), steps.count < 100 {
            steps.append(step)
            switch step {
            case .status(let index), .passOver(let index): progress.derived.insert(GatherPlan.key(ofEvent: index))
            case .standing: progress.derived.insert(GatherPlan.key(ofStanding: facts.attempt))
            case .output(let source, _): progress.taken[source.name] = facts.sizes[source]
            case .live: facts.live = nil
            case .checkpoint(let checkpoint, let carriesWork):
                progress.derived.insert(GatherPlan.key(of: checkpoint))
                if carriesWork { progress.derived.insert(GatherPlan.key(ofWork: checkpoint.commit)) }
            case .iteration(let record): progress.derived.insert(GatherPlan.key(of: record))
            case .question(let question): progress.derived.insert(GatherPlan.key(of: question))
            case .end: progress.derived.insert(GatherPlan.key(ofEnd: facts.attempt))
            case .parcel: progress.parcel = nil
            }
        }
        return steps
    }

    /// Its agent has worked on through the change of attempts: no event says so anew.
    @Test func aLaterAttemptTellsWhereItStands() throws {
        var facts = try facts { $0.task.status = .running }
        facts.events = []
        #expect(!steps(facts).contains(.standing))
        facts.attempt = 2
        #expect(steps(facts).filter { $0 == .standing }.count == 1)
        facts.task.status = .interrupted
        #expect(!steps(facts).contains(.standing))
    }

    @Test func onlyStatusesInWhichSomethingGoesOnAreTold() throws {
        let facts = try facts {
            $0.events = [
                event(.pending), event(.initializing), event(.interrupted, .interrupted(.ownerDied)), event(.running),
            ]
        }
        #expect(steps(facts) == [.passOver(0), .status(1), .passOver(2), .status(3)])
    }

    @Test func outputCheckpointsAndEventsComeBeforeTheEndOfTheirIteration() throws {
        let record = iteration(1, ended: true)
        let kept = try checkpoint(1, iteration: 1)
        let out = OutputSource.agent(iteration: 1, attempt: 1, run: 1, .no)
        let facts = try facts {
            $0.iterations = [record]
            $0.checkpoints = [kept]
            $0.sizes = [out: 5]
            $0.live = 1
        }
        #expect(
            steps(facts)
                == [.output(out, from: 0), .live(upTo: 1), .checkpoint(kept, carriesWork: true), .iteration(record)]
        )
    }

    @Test func anIterationWhoseChecksAreNotOverIsNotTold() throws {
        let record = iteration(1, ended: true)
        var facts = try facts {
            $0.iterations = [record]
            $0.judging = 1
        }
        #expect(steps(facts) == [])
        facts.isOver = true
        #expect(steps(facts) == [.iteration(record), .end])
    }

    @Test func eventsOfLaterIterationsDoNotHoldUpTheEndOfAnEarlierOne() throws {
        let record = iteration(1, ended: true)
        let facts = try facts {
            $0.iterations = [record, iteration(2, ended: false)]
            $0.live = 2
        }
        #expect(steps(facts) == [.iteration(record), .live(upTo: .max)])
    }

    @Test func ofSeveralCheckpointsTheLastOneCarriesTheWork() throws {
        let kept = try [checkpoint(1, iteration: 1, commit: "b"), checkpoint(2, iteration: 1, commit: "c")]
        let facts = try facts { $0.checkpoints = kept }
        #expect(steps(facts) == [.checkpoint(kept[0], carriesWork: false), .checkpoint(kept[1], carriesWork: true)])
        var progress = GatherProgress()
        progress.derived = [GatherPlan.key(ofWork: kept[1].commit)]
        #expect(steps(facts, after: progress).last == .checkpoint(kept[1], carriesWork: false))
    }

    @Test func theBaseIsNoWork() throws {
        let kept = try checkpoint(0, iteration: 0, commit: "a")
        #expect(steps(try facts { $0.checkpoints = [kept] }) == [.checkpoint(kept, carriesWork: false)])
    }

    @Test func aParcelIsSentBeforeAnythingElse() throws {
        var progress = GatherProgress()
        progress.parcel = Parcel(checkpoint: 1, base: "", path: "", size: 1, sha256: "")
        #expect(steps(try facts { $0.isOver = true }, after: progress) == [.parcel, .end])
    }

    @Test func theEndComesLastAndOnce() throws {
        let facts = try facts { $0.isOver = true }
        #expect(steps(facts) == [.end])
        var progress = GatherProgress()
        progress.derived = [GatherPlan.key(ofEnd: 1)]
        #expect(steps(facts, after: progress) == [])
        progress.derived = [GatherPlan.key(ofEnd: 2)]
        #expect(steps(facts, after: progress) == [.end])
    }

    @Test func aQuestionIsToldOnceMoreWhenItIsAnswered() throws {
        var question = TaskQuestion(
            number: 3,
            asked: AskedQuestion(text: "?"),
            iteration: 1,
            askedAt: Timestamp(millisecondsSince1970: 0)
        )
        var facts = try facts { $0.questions = [question] }
        #expect(steps(facts) == [.question(question)])
        var progress = GatherProgress()
        progress.derived = [GatherPlan.key(of: question)]
        question.answer = TaskQuestion.Answer("yes", from: .person, at: Timestamp(millisecondsSince1970: 1))
        facts.questions = [question]
        #expect(steps(facts, after: progress) == [.question(question)])
    }

    static let cuts: [([UInt8], Bool, Int)] = [
        (Array("abc".utf8), false, 3), (Array("aä".utf8), false, 3), ([0x61, 0xC3], false, 1), ([0x61, 0xC3], true, 2),
        ([0xE2, 0x82], false, 0), ([0x61, 0xF0, 0x9F, 0x92], false, 1), ([0x61, 0xFF], false, 2),
        ([0x80, 0x80], false, 2),
        ([], false, 0),
    ]

    @Test(arguments: cuts)
    func outputIsCutBetweenCharacters(_ bytes: [UInt8], isComplete: Bool, expected: Int) {
        #expect(OutputCut.length(of: bytes, isComplete: isComplete) == expected)
    }

    @Test func whatIsLackingForAWhileIsNotTakenForLost() {
        for error in [EMFILE, ENFILE, ENOMEM, EAGAIN, ETIMEDOUT] {
            #expect(GatherPlan.looks(after: error) == nil, "\(error)")
        }
        for error in [nil, ENOENT, ENOTDIR, EACCES, ELOOP] { #expect(GatherPlan.looks(after: error) == 3) }
        for error in [EIO, ESTALE] { #expect(GatherPlan.looks(after: error) == 30) }
    }

    @Test func looksThatFailComeLaterAndLater() {
        let pauses = (1...7).map { GatherPlan.pause(after: $0) }
        #expect(pauses == [2, 4, 8, 16, 32, 60, 60].map { Duration.seconds($0) })
    }

    @Test func whyOutputCannotBeReadIsKnown() throws {
        let missing = try #require(throws: PlainFile.Failure.self) { try PlainFile.read("/nonexistent/stdout", 0..<1) }
        #expect(UnreadableOutput(.setup(run: 1, .no), missing).code == ENOENT)
        let full = ProcessError.systemCallFailed("read", subject: "exit", errno: EMFILE)
        #expect(UnreadableOutput(.setup(run: 1, .no), full).code == EMFILE)
        #expect(UnreadableOutput(.setup(run: 1, .no), ProcessError.damagedRecord(path: "exit")).code == nil)
    }
}
