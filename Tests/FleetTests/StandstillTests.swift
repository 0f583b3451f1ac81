import Domain
import Fleet
import Testing

struct StandstillTests {
    private static let anna = Sample.daemon()
    private static let parent = Sample.id(9)
    private static let refusal = TurnedDown(anna, isRefused: true, reason: "No.")
    private static let trouble = TurnedDown(anna, isRefused: false, reason: "No.", tries: 2)
    private static let oftenTrouble = TurnedDown(anna, isRefused: false, reason: "No.", tries: 3)

    private static let dispatch: [(DispatchObstacle, String?)] = [
        (.noDaemons, "no_daemon"), (.daemonAway(anna), "daemon_away"), (.labelsMissing(["gpu"]), "labels_missing"),
        (.labelsMissing(["gpu"], away: [anna]), "labels_missing"), (.turnedDown([refusal]), "refused"),
        (.turnedDown([refusal, oftenTrouble]), "refused"), (.turnedDown([refusal, trouble]), nil),
        (.daemonBusy(anna, .refusing), "refused"), (.daemonBusy(anna, .diskLow), "disk_low"),
        (.daemonBusy(anna, .draining), nil), (.daemonBusy(anna, .declined), nil), (.daemonBusy(anna, .memoryLow), nil),
        (.daemonBusy(anna, .loaded), nil), (.daemonBusy(anna, .full), nil),
        (.daemonLoaded(anna, load: 3, most: 2), nil), (.keyBusy("a"), nil), (.repositoryElsewhere(anna), nil),
        (.behindOthers, nil),
    ]

    private static let schedule: [(ScheduleObstacle, String?)] = [
        (.notBefore(Sample.then), nil), (.parentNotDone(parent, .running), nil),
        (.parentStopped(parent, .failed), "parent_stopped"), (.parentNotMerged(parent), "parent_not_merged"),
        (.parentMissing(parent), "parent_missing"),
    ]

    @Test func whatPassesByItselfIsNoStandstill() {
        let task = Sample.task()
        for (obstacle, code) in Self.dispatch {
            let standstill = Standstill(of: task, [], obstacle)
            #expect(standstill?.code == code, "\(obstacle)")
            #expect(standstill.map { $0.sentence == obstacle.sentence && $0.hint.hasSuffix(".") } ?? true)
            // It is not even looked at by the dispatcher.
            #expect(Standstill(of: task, [.notBefore(Sample.then)], obstacle) == nil)
        }
        for (obstacle, code) in Self.schedule {
            #expect(Standstill(of: task, [.parentNotDone(Self.parent, .running), obstacle], nil)?.code == code)
        }
        #expect(Standstill(of: task, [], nil) == nil)
        #expect(Standstill(of: Sample.assigned(), [], .noDaemons) == nil)
    }

    @Test func aContractMergesByItself() {
        var task = Sample.task()
        task.demands.contract = "0000000001"
        #expect(Standstill(of: task, [.parentNotMerged(Self.parent)], nil) == nil)
        #expect(Standstill(of: task, [.parentStopped(Self.parent, .failed)], nil) == nil, "It tells that itself.")
        #expect(Standstill(of: task, [.parentMissing(Self.parent)], nil)?.code == "parent_missing")
    }

    @Test func itIsToldAfterAMinuteWithoutABreakAndTakenBackAtOnce() throws {
        var watch = StandstillWatch()
        var task = Sample.task()
        let still = Standstill(of: task, [], .noDaemons)
        func look(_ standstill: Standstill?, after seconds: Int) -> [FleetTask] {
            watch.look([(task, standstill)], at: Sample.then + .seconds(seconds))
        }
        #expect(look(still, after: 0).isEmpty)
        #expect(look(still, after: 59).isEmpty)
        #expect(look(nil, after: 60).isEmpty)
        #expect(look(still, after: 70).isEmpty)
        #expect(look(still, after: 129).isEmpty)
        task = try #require(look(still, after: 130).first)
        #expect(task.standstill?.code == "no_daemon" && task.standstill?.since == Sample.then + .seconds(70))
        #expect(task.updatedAt == Sample.then + .seconds(130))
        #expect(look(still, after: 140).isEmpty)
        let other = Standstill(of: task, [], .labelsMissing(["gpu"]))
        #expect(look(other, after: 150).first?.standstill?.code == "labels_missing")
        #expect(look(nil, after: 160).map(\.standstill) == [nil])
    }

    @Test func whoeverTakesTheTaskEndsIt() throws {
        var task = Sample.task()
        task.standstill = Standstill(of: task, [], .noDaemons)
        let handed = AttemptRules.assigned(task, to: Self.anna, session: 1, at: Sample.then)
        #expect(handed != nil && handed?.standstill == nil)
        guard case .changed(let stopped) = OrderRules.stop(task, at: Sample.then) else {
            Issue.record("It is not stopped.")
            return
        }
        #expect(stopped.standstill == nil)
    }
}
