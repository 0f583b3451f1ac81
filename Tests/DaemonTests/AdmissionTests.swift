import Domain
import Runner
import Testing
import Wire

@testable import Daemon

struct AdmissionTests {
    private let id = TaskID(rawValue: "0123456789")

    private func head(_ attempt: Int) throws -> CommandHead {
        CommandHead("c", task: try #require(id), attempt: attempt)
    }

    private func spawn(_ attempt: Int) throws -> ToDaemon {
        var spawn = SpawnTask()
        spawn.head = try head(attempt)
        return .spawnTask(spawn)
    }

    private func resume(_ attempt: Int, after previous: Int) throws -> ToDaemon {
        var resume = ResumeTask()
        resume.head = try head(attempt)
        resume.previousAttempt = previous
        return .resumeTask(resume)
    }

    private func stop(_ attempt: Int) throws -> ToDaemon {
        var stop = StopTask()
        stop.head = try head(attempt)
        return .stopTask(stop)
    }

    private func delete(_ attempt: Int) throws -> ToDaemon {
        var delete = DeleteWorkspace()
        delete.head = try head(attempt)
        return .deleteWorkspace(delete)
    }

    private func held(_ attempt: Int, _ phase: HeldTask.Phase) throws -> HeldTask {
        HeldTask(try #require(id), attempt: attempt, phase: phase)
    }

    private func judge(_ command: ToDaemon, _ own: HeldTask?, taken: Int = 0, isDraining: Bool = false) -> String {
        let facts = Admission.Facts(own: own, slots: 2, taken: taken, isDraining: isDraining)
        return switch Admission.judge(command, by: facts) {
        case .take(let begun): begun.map { "begins \($0.attempt) after \($0.note.before ?? 0)" } ?? "take"
        case .refuse(let refusal): refusal.code
        }
    }

    @Test func aNewTaskIsTakenWhereThereIsRoom() throws {
        #expect(judge(try spawn(1), nil) == "begins 1 after 0")
        #expect(judge(try spawn(1), nil, taken: 1) == "begins 1 after 0")
        #expect(judge(try spawn(1), nil, taken: 2) == "no_slot")
        #expect(judge(try spawn(1), nil, isDraining: true) == "draining")
    }

    @Test func anAttemptFollowsOnlyOneThatIsOver() throws {
        for phase in HeldTask.Phase.allCases {
            let own = try held(2, phase)
            let isOver = [.reported, .closed].contains(phase)
            let isFenced = phase == .fenced
            #expect(judge(try spawn(3), own) == (isOver || isFenced ? "begins 3 after 2" : "wrong_status"), "\(phase)")
            #expect(judge(try spawn(2), own) == "stale_attempt", "\(phase)")
            let begins = isOver || isFenced ? "begins 3 after 2" : "wrong_status"
            #expect(judge(try resume(3, after: 2), own) == begins, "\(phase)")
        }
        #expect(judge(try resume(4, after: 3), try held(2, .closed)) == "stale_attempt")
        #expect(judge(try resume(2, after: 1), nil) == "unknown_task")
    }

    @Test func commandsAreMeantForOneAttempt() throws {
        #expect(judge(try stop(2), try held(2, .working)) == "take")
        #expect(judge(try stop(1), try held(2, .working)) == "stale_attempt")
        #expect(judge(try stop(3), try held(2, .working)) == "stale_attempt")
        #expect(judge(try stop(2), try held(2, .fenced)) == "stale_attempt")
        #expect(judge(try stop(2), nil) == "unknown_task")
    }

    @Test func aWorkspaceGoesOnlyWhereNothingRuns() throws {
        for phase in HeldTask.Phase.allCases {
            let isIdle = [.reported, .closed, .fenced].contains(phase)
            #expect(judge(try delete(2), try held(2, phase)) == (isIdle ? "take" : "wrong_status"), "\(phase)")
        }
    }
}

struct RunRulesTests {
    private func task(_ status: TaskStatus, _ reason: Reason? = nil) throws -> TaskRecord {
        let spec = TaskSpec(
            id: try #require(TaskID(rawValue: "0123456789")),
            name: "t",
            plan: "p",
            repository: RepositorySpec(path: "/r", base: nil),
            agent: AgentConfiguration(name: "a", kind: .command, command: ["a"])
        )
        var record = TaskRecord(spec: spec, createdAt: Timestamp(millisecondsSince1970: 0))
        record.status = status
        record.reason = reason
        return record
    }

    private func note(_ change: (inout AttemptNote) -> Void = { _ in }) -> AttemptNote {
        var note = AttemptNote()
        change(&note)
        return note
    }

    private func next(_ task: TaskRecord, _ note: AttemptNote, request: Runner.ResumeRequest? = nil, deaths: Int = 0)
        -> RunRules.Step
    {
        RunRules.next(task, note: note, request: request, deaths: deaths)
    }

    @Test func aRunBeginsWhereTheTaskStands() throws {
        #expect(next(try task(.pending), note()) == .run)
        #expect(next(try task(.running), note()) == .resume(Runner.ResumeRequest()))
        #expect(next(try task(.interrupted, .interrupted(.ownerDied)), note()) == .resume(Runner.ResumeRequest()))
        #expect(next(try task(.interrupted, .interrupted(.ownerDied)), note(), deaths: 3) == .over)
        #expect(next(try task(.interrupted, .interrupted(.person)), note()) == .over)
        #expect(next(try task(.done, .completed(.verified)), note()) == .over)
        let request = Runner.ResumeRequest(message: "go")
        #expect(
            next(try task(.stalled, .stalled(.noChange(iterations: 3))), note(), request: request) == .resume(request)
        )
    }

    @Test func aWishOutlivesTheProcess() throws {
        let stop = note { $0.wish = .stop(force: true) }
        #expect(next(try task(.running), stop) == .endOrphan(isForced: true))
        #expect(next(try task(.interrupted, .interrupted(.person)), stop) == .over)
        #expect(next(try task(.pending), stop) == .over)
        #expect(next(try task(.running), note { $0.wish = .pause }) == .endOrphan(isForced: false))
        // What nothing ends is not tried for ever.
        let dead = try task(.interrupted, .interrupted(.ownerDied))
        #expect(next(dead, stop, deaths: 2) == .endOrphan(isForced: true))
        #expect(next(dead, stop, deaths: 3) == .over)
    }

    @Test func whoseMakimaDiedOverAStopIsStopped() throws {
        let dead = try task(.interrupted, .interrupted(.ownerDied))
        #expect(RunRules.end(of: dead, note: note { $0.wish = .stop(force: false) }).reason == .interrupted(.person))
        #expect(RunRules.end(of: dead, note: note { $0.wish = .pause }).reason == .paused)
        let drained = note {
            $0.wish = .stop(force: false)
            $0.isDrained = true
        }
        #expect(RunRules.end(of: dead, note: drained).reason == .interrupted(.drained))
    }

    @Test func anInterruptionGoesOnWithItsMessage() throws {
        let wish = note { $0.wish = .interrupt(message: "look") }
        #expect(
            next(try task(.interrupted, .interrupted(.person)), wish) == .resume(Runner.ResumeRequest(message: "look"))
        )
        #expect(next(try task(.done, .completed(.verified)), wish) == .over)
    }

    @Test func whoWasSuspendedGoesOn() throws {
        let suspended = note { $0.isSuspended = true }
        #expect(next(try task(.interrupted, .interrupted(.person)), suspended) == .resume(Runner.ResumeRequest()))
        #expect(next(try task(.done, .completed(.verified)), suspended) == .over)
    }

    @Test func theEndIsTheTasksOwnUnlessAPersonPausedIt() throws {
        let stopped = try task(.interrupted, .interrupted(.person))
        #expect(RunRules.end(of: stopped, note: note()).status == .interrupted)
        #expect(RunRules.end(of: stopped, note: note { $0.wish = .pause }).status == .paused)
        let done = try task(.done, .completed(.verified))
        #expect(RunRules.end(of: done, note: note { $0.wish = .pause }).status == .done)
        #expect(
            RunRules.end(of: try task(.pending), note: note { $0.wish = .stop(force: false) }).status == .interrupted
        )
        #expect(RunRules.end(of: try task(.pending), note: note { $0.failure = "x" }).status == .failed)
        #expect(RunRules.end(of: try task(.running), note: note()).status == .failed)
    }

    @Test func anEndIsNotTakenBack() {
        let none: AttemptWish? = nil
        #expect(none.followed(by: .pause) == .pause)
        #expect(AttemptWish?.some(.pause).followed(by: .stop(force: false)) == .stop(force: false))
        #expect(AttemptWish?.some(.stop(force: true)).followed(by: .pause) == .stop(force: true))
        #expect(AttemptWish?.some(.stop(force: false)).followed(by: .stop(force: true)) == .stop(force: true))
        #expect(AttemptWish?.some(.pause).followed(by: .interrupt(message: nil)) == .pause)
    }

    @Test func aLeaseIsOfItsBoot() {
        let now = MachineTime(boot: "a", milliseconds: 10_000)
        let lease = LeaseEnd(now: now, ago: .seconds(2), lasting: .seconds(5))
        func standing(_ boot: String, _ time: Int64) -> LeaseEnd.Standing {
            lease.standing(at: MachineTime(boot: boot, milliseconds: time))
        }
        #expect(standing("a", 12_999) == .holds)
        #expect(standing("a", 13_000) == .over)
        #expect(standing("b", 0) == .unknown)
    }
}
