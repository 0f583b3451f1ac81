import Domain
import Fleet
import TestSupport
import Testing

struct DispatcherTests {
    private let dispatcher = Dispatcher()

    private func daemon(_ name: String = "anna", slots: Int = 1, labels: Set<String> = []) -> DaemonState {
        DaemonState(Sample.daemon(name), session: 1, labels: labels, capacity: DaemonCapacity(slots: slots))
    }

    private func names(_ plan: DispatchPlan) -> [String] { plan.placements.map(\.session.daemon.rawValue) }

    private func order(_ plan: DispatchPlan) -> [TaskID] { plan.placements.map(\.task) }

    private func plan(
        _ queue: [FleetTask],
        _ daemons: [DaemonState],
        keys: [String: Int] = [:],
        shares: [String: Int] = [:],
        after seconds: Int = 60
    ) -> DispatchPlan {
        dispatcher.plan(
            queue: queue,
            daemons: daemons,
            heldKeys: keys,
            shares: shares,
            at: Sample.then + .seconds(seconds)
        )
    }

    @Test func handsOutAsMuchAsThereAreSlots() {
        var busy = daemon("berta", slots: 3)
        busy.capacity.usedSlots = 1
        busy.assigned = 2
        let made = plan((1...5).map { Sample.task($0) }, [daemon(slots: 2), busy])
        #expect(names(made).sorted() == ["anna", "anna", "berta"])
        #expect(made.obstacles.count == 2)
        #expect(made.placements.allSatisfy { $0.previousAttempt == 0 })
    }

    @Test func aTaskThatIsNotQueuedIsNotHandedOut() {
        let tasks =
            TaskStatus.allCases.filter { $0 != .pending }.map { Sample.closed($0) } + [Sample.assigned(.pending)]
        #expect(plan(tasks, [daemon(slots: 50)]).placements.isEmpty)
    }

    // MARK: - Who may have it

    @Test func aDaemonMustHaveAllLabels() {
        let task = Sample.task(1, TaskDemands(labels: ["gpu", "linux"]))
        #expect(
            names(plan([task], [daemon(labels: ["gpu"]), daemon("berta", labels: ["gpu", "linux", "x"])])) == ["berta"]
        )
        #expect(plan([task], [daemon(labels: ["linux"])]).obstacles[task.id] == .labelsMissing(["gpu"]))
        let apart = plan([task], [daemon(labels: ["linux"]), daemon("berta", labels: ["gpu"])])
        #expect(apart.obstacles[task.id] == .labelsMissing(["gpu", "linux"]))
    }

    @Test func aDaemonThatIsAwayGetsNothingAndIsNamedWhereItWouldBeNeeded() {
        let task = Sample.task(1, TaskDemands(labels: ["gpu"]))
        var away = daemon("berta", labels: ["gpu", "linux"])
        away.isAway = true
        let made = plan([task], [daemon(labels: ["linux"]), away])
        #expect(made.placements.isEmpty)
        #expect(
            made.obstacles[task.id]?.sentence
                == "No connected daemon has the label 'gpu'; 'berta' has all that it asks for, and is away."
        )
        #expect(plan([task], [away]).obstacles[task.id] == .noDaemons)
    }

    @Test func aLoadIsToldWithItsLimit() {
        var busy = daemon()
        busy.capacity.load = 3.456
        let sentence = plan([Sample.task()], [busy]).obstacles[Sample.id()]?.sentence ?? ""
        #expect(sentence.contains(" is 3.46 for each processor, ") && sentence.contains(" less than 2.0."))
    }

    @Test func aTaskGoesBackToItsWorkspaceOnly() {
        var task = Sample.task()
        task.demands.daemon = Sample.daemon("berta")
        #expect(plan([task], [daemon()]).obstacles[task.id] == .daemonAway(Sample.daemon("berta")))
        #expect(plan([task], []).obstacles[task.id] == .daemonAway(Sample.daemon("berta")))
        #expect(names(plan([task], [daemon(), daemon("berta")])) == ["berta"])
        // What it asked for when it had no workspace yet was met by that daemon then.
        task.demands.labels = ["gone"]
        #expect(names(plan([task], [daemon(), daemon("berta")])) == ["berta"])
    }

    @Test func withoutDaemonsNothingIsHandedOut() {
        #expect(plan([Sample.task()], []).obstacles == [Sample.id(): .noDaemons])
    }

    @Test(arguments: DaemonObstacle.allCases)
    func aDaemonThatCannotTakeItGetsNothing(obstacle: DaemonObstacle) {
        var busy = daemon()
        var task = Sample.task()
        switch obstacle {
        case .refusing:
            var decline = Decline(busy.id, at: Sample.then)
            (decline.session, decline.cause) = (1, .refusal)
            task.declines = [decline]
        case .draining: busy.isDraining = true
        case .declined: task.declines = [Decline(busy.id, at: Sample.then + .seconds(30))]
        case .memoryLow: busy.capacity.memoryFreeMiB = 511
        case .diskLow: busy.capacity.diskFreeMiB = 2047
        case .loaded: busy.capacity.load = 2
        case .full: busy.capacity.usedSlots = 1
        }
        let made = plan([task], [busy])
        #expect(made.placements.isEmpty)
        let isLoaded = obstacle == .loaded
        #expect(
            made.obstacles[task.id]
                == (isLoaded ? .daemonLoaded(busy.id, load: 2, most: 2) : .daemonBusy(busy.id, obstacle))
        )
        #expect(made.obstacles[task.id]?.sentence.hasSuffix(".") == true)
        #expect(names(plan([task], [busy, daemon("berta")])) == ["berta"])
    }

    private func declined(_ name: String, _ cause: Decline.Cause, session: Int = 1, count: Int? = nil) -> Decline {
        var decline = Decline(Sample.daemon(name), at: Sample.then)
        (decline.session, decline.cause, decline.count) = (session, cause, count)
        decline.reason = "It may not work in '/srv/x'."
        return decline
    }

    @Test func aRefusalHoldsUntilTheNextSessionOfItsDaemon() {
        var task = Sample.task()
        task.declines = [declined("anna", .refusal)]
        let made = plan([task], [daemon()], after: 1_000_000)
        #expect(made.placements.isEmpty)
        #expect(
            made.obstacles[task.id]?.sentence == "Daemon 'anna' refuses it: It may not work in '/srv/x'."
        )
        #expect(names(plan([task], [daemon(), daemon("berta")])) == ["berta"])
        var again = daemon()
        again.session = 2
        #expect(names(plan([task], [again])) == ["anna"])
        // Another one that is only busy is what is waited for.
        var full = daemon("berta")
        full.capacity.usedSlots = 1
        #expect(plan([task], [daemon(), full]).obstacles[task.id] == .daemonBusy(full.id, .full))
        task.declines.append(declined("berta", .trouble))
        let both = plan([task], [daemon(), daemon("berta")], after: 59).obstacles[task.id]?.sentence
        #expect(both?.contains("Daemon 'berta' could not take it, and is asked again later:") == true)
    }

    @Test(arguments: [(nil, 60), (2, 120), (3, 240), (9, 3600), (1000, 3600)] as [(Int?, Int)])
    func whatGoesWrongAgainIsTriedLaterEachTime(count: Int?, seconds: Int) {
        var task = Sample.task()
        task.declines = [declined("anna", .trouble, count: count)]
        #expect(plan([task], [daemon()], after: seconds - 1).placements.isEmpty)
        #expect(names(plan([task], [daemon()], after: seconds)) == ["anna"])
    }

    @Test func atTheBoundsItIsHandedOut() {
        var just = daemon()
        just.capacity.memoryFreeMiB = 512
        just.capacity.diskFreeMiB = 2048
        just.capacity.load = 1.99
        var task = Sample.task()
        task.declines = [Decline(just.id, at: Sample.then)]
        #expect(names(plan([task], [just], after: 60)) == ["anna"])
    }

    @Test func whatATaskAsksForIsTakenOffWhatIsLeft() {
        var large = daemon(slots: 5)
        large.capacity.memoryFreeMiB = 512 + 2500
        large.capacity.diskFreeMiB = 2048 + 100_000
        let tasks = (1...3)
            .map { seed in
                var task = Sample.task(seed)
                task.demands.memoryMiB = 1000
                task.demands.diskMiB = 1000
                return task
            }
        let made = plan(tasks, [large])
        #expect(made.placements.count == 2)
        #expect(made.obstacles.values.allSatisfy { $0 == .daemonBusy(Sample.daemon(), .memoryLow) })
    }

    @Test func theNearestObstacleIsTold() {
        var draining = daemon("a")
        draining.isDraining = true
        var full = daemon("b")
        full.capacity.usedSlots = 1
        var low = daemon("c")
        low.capacity.diskFreeMiB = 0
        let made = plan([Sample.task()], [low, draining, full])
        #expect(made.obstacles[Sample.id()] == .daemonBusy(full.id, .full))
    }

    // MARK: - How many of a key

    @Test func ofAKeyOnlySoManyAreAtWork() {
        let two = ConcurrencyKey("repository", limit: 2)
        let tasks = (1...4).map { Sample.task($0, TaskDemands(keys: [two])) }
        let made = plan(tasks, [daemon(slots: 9)], keys: ["repository": 1])
        #expect(made.placements.count == 1)
        #expect(made.obstacles.values.allSatisfy { $0 == .keyBusy("repository") })
        #expect(plan(tasks, [daemon(slots: 9)]).placements.count == 2)
    }

    @Test func allKeysMustBeFree() {
        let task = Sample.task(1, TaskDemands(keys: [ConcurrencyKey("a"), ConcurrencyKey("b")]))
        #expect(plan([task], [daemon()], keys: ["b": 1]).obstacles[task.id] == .keyBusy("b"))
    }

    // MARK: - In which order

    @Test func theMoreUrgentComesFirst() {
        let low = Sample.task(1, TaskDemands(priority: -1))
        let high = Sample.task(2, TaskDemands(priority: 5), at: Sample.then + .seconds(50))
        #expect(order(plan([low, high], [daemon()])) == [high.id])
    }

    @Test func waitingAddsToPriority() {
        let low = Sample.task(1, TaskDemands(priority: 0))
        let high = Sample.task(2, TaskDemands(priority: 5), at: Sample.then + .seconds(3000))
        #expect(order(plan([low, high], [daemon()], after: 3000)) == [low.id], "as urgent by then, and first")
        #expect(order(plan([low, high], [daemon()], after: 2999)) == [high.id])
    }

    @Test func whoHasWaitedLongestComesFirst() {
        let tasks = (1...5).map { Sample.task($0, at: Sample.then + .seconds($0 * 7 % 5)) }
        let expected = tasks.sorted { $0.queuedAt < $1.queuedAt }.map(\.id)
        #expect(order(plan(tasks, [daemon(slots: 5)])) == expected)
    }

    @Test func sharesTakeTurns() {
        let tasks = (1...6)
            .map { seed in
                var task = Sample.task(seed, at: Sample.then + .seconds(seed))
                task.demands.share = seed <= 4 ? "large" : "small"
                return task
            }
        let shares = order(plan(tasks, [daemon(slots: 6)]))
            .map { id in tasks.first { $0.id == id }?.demands.share ?? "" }
        #expect(shares == ["large", "small", "large", "small", "large", "large"])
        let first = order(plan(tasks, [daemon(slots: 1)], shares: ["large": 3])).first
        #expect(first == tasks[4].id, "who has less at work comes first")
    }

    // MARK: - To which daemon

    @Test func theWorkspaceBeatsTheRepositoryAndThatBeatsRoom() {
        var task = Sample.task()
        task.demands.repository = "https://example.org/r"
        task.home = Sample.daemon("zoe")
        var clone = daemon("anna", slots: 2)
        clone.repositories = ["https://example.org/r"]
        clone.capacity.usedSlots = 1
        let empty = daemon("berta", slots: 8)
        let home = daemon("zoe")
        #expect(names(plan([task], [empty, clone, home])) == ["zoe"])
        #expect(names(plan([task], [empty, clone])) == ["anna"])
        #expect(names(plan([task], [empty])) == ["berta"])
    }

    @Test func aTaskWaitsALittleForItsRepository() {
        var task = Sample.task()
        task.demands.repository = "r"
        var clone = daemon("anna")
        clone.repositories = ["r"]
        clone.capacity.usedSlots = 1
        let made = plan([task], [clone, daemon("berta")], after: 9)
        #expect(made.obstacles[task.id] == .repositoryElsewhere(clone.id))
        #expect(names(plan([task], [clone, daemon("berta")], after: 10)) == ["berta"])
        clone.isDraining = true
        #expect(names(plan([task], [clone, daemon("berta")], after: 9)) == ["berta"], "that is no matter of moments")
    }

    @Test func theEmptierDaemonComesFirst() {
        var half = daemon("anna", slots: 2)
        half.capacity.usedSlots = 1
        #expect(names(plan([Sample.task()], [half, daemon("zoe", slots: 4)])) == ["zoe"])
        var loaded = daemon("anna")
        loaded.capacity.load = 1
        #expect(names(plan([Sample.task()], [loaded, daemon("zoe")])) == ["zoe"])
        #expect(names(plan([Sample.task()], [daemon("zoe"), daemon("anna")])) == ["anna"])
    }

    // MARK: - Whatever comes

    @Test(arguments: 1...100)
    func thePlanDependsOnNoOrderAndBreaksNoBound(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let tasks = (1...30)
            .map { number in
                var task = Sample.task(number, at: Sample.then + .seconds(Int.random(in: 0...40, using: &random)))
                task.demands.priority = Int.random(in: -2...2, using: &random)
                task.demands.share = ["x", "y", nil].randomElement(using: &random) ?? nil
                task.demands.labels = Bool.random(using: &random) ? ["gpu"] : []
                task.demands.keys = Bool.random(using: &random) ? [ConcurrencyKey("k", limit: 3)] : []
                return task
            }
        let daemons = (1...5)
            .map { number in
                var state = daemon("d\(number)", slots: Int.random(in: 0...4, using: &random))
                state.labels = Bool.random(using: &random) ? ["gpu"] : []
                state.isDraining = Int.random(in: 0...4, using: &random) == 0
                return state
            }
        let made = plan(tasks, daemons)
        #expect(made == plan(tasks.shuffled(using: &random), daemons.shuffled(using: &random)))
        #expect(made.placements.count + made.obstacles.count == tasks.count)
        for state in daemons {
            let given = made.placements.filter { $0.session.daemon == state.id }.count
            #expect(given <= (state.isDraining ? 0 : state.capacity.slots))
        }
        let withKey = tasks.filter { task in !task.demands.keys.isEmpty && order(made).contains(task.id) }
        #expect(withKey.count <= 3)
    }
}
