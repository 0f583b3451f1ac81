import Domain
import Fleet
import Store
import Testing
import Wire

@testable import Server

/// What a server makes of messages, and what it tells: values only.
struct DecisionTests {
    private static let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private static func daemon(_ name: String = "anna") throws -> DaemonID { try #require(DaemonID(rawValue: name)) }

    private static func id(_ text: String = "0000000001") throws -> TaskID { try #require(TaskID(rawValue: text)) }

    private func request(_ change: (inout TaskRequest) -> Void = { _ in }) -> TaskRequest {
        var request = TaskRequest()
        (request.spawn.taskName, request.spawn.plan) = ("one", "Do it.")
        (request.spawn.repoUrl, request.spawn.agent.name) = ("https://example.org/r.git", "claude")
        change(&request)
        return request
    }

    // MARK: - Tasks

    @Test func aTaskIsKeptAsADaemonIsTold() throws {
        let request = request {
            $0.spawn.maxIterations = 7
            $0.labels = ["gpu"]
            ($0.priority, $0.share, $0.memoryMiB) = (5, "alice", 4096)
        }
        let task = TaskDocument.task(request, id: try Self.id(), at: Self.then)
        #expect(task.demands.labels == ["gpu"] && task.demands.priority == 5 && task.demands.share == "alice")
        #expect(task.demands.repository == "https://example.org/r.git" && task.demands.memoryMiB == 4096)
        let read = try #require(TaskDocument.read(try TaskDocument.make(request, id: try Self.id())))
        #expect(read.plan == "Do it." && read.maxIterations == 7)
        #expect(TaskDocument.read("{}") == nil && TaskDocument.read(#"{"type":"drain","id":"x"}"#) == nil)
    }

    private func handOver(_ change: (inout HandOver) throws -> Void) throws -> HandOver {
        let document = try TaskDocument.make(request(), id: try Self.id())
        var task = FleetTask(id: try Self.id(), name: "one", createdAt: Self.then)
        task.attempt = 3
        var facts = HandOver(task: task, document: try #require(TaskDocument.read(document)))
        try change(&facts)
        return facts
    }

    @Test func whoHasTheWorkspaceResumesItsOwnLastAttempt() throws {
        let facts = try handOver { facts in
            facts.task.home = try Self.daemon()
            facts.attempts = try ["anna", "berta", "anna"].enumerated()
                .map { AttemptRecord(attempt: $0 + 1, daemon: try Self.daemon($1), session: 1, since: Self.then) }
            facts.attempts[2].end = .declined
            var changes = ResumeTask()
            changes.maxIterations = 9
            facts.orders.changes = changes
        }
        guard case .resumeTask(let resume) = facts.command(for: try Self.daemon()) else {
            Issue.record("It is not resumed.")
            return
        }
        #expect(resume.previousAttempt == 1 && resume.head.attempt == 4 && resume.maxIterations == 9)
        #expect(resume.head.id == "spawn-0000000001-4")
    }

    @Test func anybodyElseBeginsWithWhatTheServerHas() throws {
        let patch = WirePatch(.bundle, base: String(repeating: "a", count: 40), bytes: [1, 2, 3])
        let facts = try handOver { facts in
            facts.task.home = try Self.daemon()
            facts.standing = WireStanding()
            facts.standing?.iterations = 2
            facts.work = HandOver.Work(patch: patch, checkpoint: 5)
            var changes = ResumeTask()
            changes.budgets = WireBudgets()
            changes.budgets?.maxTokens = 100
            facts.orders.changes = changes
        }
        guard case .spawnTask(let spawn) = facts.command(for: try Self.daemon("berta")) else {
            Issue.record("It is not begun.")
            return
        }
        #expect(spawn.patch == patch && spawn.standing?.checkpoint == 5 && spawn.standing?.iterations == 2)
        #expect(spawn.budgets?.maxTokens == 100 && spawn.head.attempt == 4)
        _ = try Frame.encode(spawn)
    }

    @Test func workThatMakesAFrameTooLargeGoesBeforeIt() throws {
        let bytes = [UInt8](repeating: 7, count: 500 << 10)
        let patch = WirePatch(.bundle, base: String(repeating: "a", count: 40), bytes: bytes)
        var facts = try handOver { facts in
            facts.work = HandOver.Work(patch: patch, checkpoint: 5)
            facts.document.plan = String(repeating: "p", count: 250 << 10)
        }
        let berta = try Self.daemon("berta")
        guard case .spawnTask(let small) = try facts.frame(for: berta).0 else {
            Issue.record("It is not begun.")
            return
        }
        #expect(small.patchData == bytes, "there is room for it")
        var check = WireCheck()
        (check.name, check.command) = ("c", String(repeating: "x", count: 30 << 10))
        facts.document.checks = Array(repeating: check, count: 5)
        let (message, text) = try facts.frame(for: berta)
        guard case .spawnTask(let spawn) = message else {
            Issue.record("It is not begun.")
            return
        }
        #expect(spawn.patchData == nil && spawn.patch?.size == bytes.count && text.utf8.count < WireLimits.frame)
        facts.document.checks = Array(repeating: check, count: 40)
        #expect(throws: WireError.self) { try facts.frame(for: berta) }
    }

    // MARK: - Orders

    private func events(_ orders: PersonOrder..., attempt: Int = 3) throws -> [FleetEvent] {
        try orders.enumerated()
            .map { FleetEvent(position: $0 + 1, attempt: attempt, event: try $1.event(at: Self.then)) }
    }

    @Test func theLastOrderHolds() throws {
        let (stop, resume) = (PersonOrder(.stop, by: "a"), PersonOrder(.resume, by: "a"))
        #expect(StandingOrders(try events(stop), attempt: 3).hold == .stop)
        #expect(StandingOrders(try events(stop, resume), attempt: 3).hold == nil)
        #expect(StandingOrders(try events(stop, resume, PersonOrder(.pause, by: "a")), attempt: 3).hold == .pause)
        #expect(StandingOrders(try events(stop), attempt: 4).hold == nil, "an attempt has followed")
    }

    /// Work that came back to a task at its limit goes on, and is told why, when a person gives it more.
    @Test func whatAPersonAllowsComesToWhatMakimaHasSaid() throws {
        var (own, allowed) = (PersonOrder(.resume, by: PersonOrder.makima), PersonOrder(.resume, by: "a"))
        (own.changes, allowed.changes) = (ResumeTask(), ResumeTask())
        own.changes?.reopen = true
        own.changes?.message = "It is in conflict."
        allowed.changes?.maxIterations = 5
        let standing = StandingOrders(try events(own, PersonOrder(.stop, by: "a"), allowed), attempt: 3)
        #expect(standing.changes?.reopen == true && standing.changes?.maxIterations == 5 && standing.hold == nil)
        #expect(standing.changes?.message == "It is in conflict." && standing.isOwnChange)
        allowed.changes?.message = "Keep both."
        #expect(
            StandingOrders(try events(own, allowed), attempt: 3).changes?.message == "It is in conflict.\n\nKeep both."
        )
        let later = StandingOrders(try events(own) + events(allowed, attempt: 4), attempt: 4)
        #expect(later.changes?.reopen == false && !later.isOwnChange, "an attempt has taken it")
    }

    private static func messages(_ orders: StandingOrders) -> [StandingMessage] {
        orders.talk.said.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    @Test func whatWasSaidToADaemonIsNotSaidTwice() throws {
        func message(_ text: String, _ id: String?) -> PersonOrder {
            var order = PersonOrder(.message, by: "a")
            (order.text, order.orderID) = (text, id)
            return order
        }
        // The same words twice are two messages; the same order twice is one.
        let said = [message("1", "a"), message("2", "b"), message("2", "c"), message("2", "c"), message("old", nil)]
        var history = try said.enumerated()
            .map { FleetEvent(position: $0 + 1, attempt: 1, event: try $1.event(at: Self.then)) }
        let standing = Self.messages(StandingOrders(history, attempt: 3))
        #expect(standing.map(\.position) == [1, 2, 3])
        #expect(Set(standing.map { "\($0.order.text ?? "") \($0.sentAt.millisecondsSince1970)" }).count == 3)
        let key = AttemptKey(try Self.id(), 4)
        let ids = standing.map { $0.command(about: key).head.id }
        #expect(ids == [1, 2, 3].map { "message-0000000001-4-\($0)" })
        let told = try #require(Delivery.event(of: ids[1], at: Self.then))
        history.append(FleetEvent(position: 9, attempt: 4, event: told))
        let left = Self.messages(StandingOrders(history, attempt: 4))
        #expect(left.map(\.position) == [1, 3])
        #expect(left.map(\.sentAt) == [standing[0].sentAt, standing[2].sentAt], "a daemon knows it again")
        #expect(Delivery.event(of: "order-1", at: Self.then) == nil)
    }

    @Test func whatNoDaemonHasHeededHolds() throws {
        var changes = ResumeTask()
        changes.maxIterations = 9
        var resume = PersonOrder(.resume, by: "a")
        resume.changes = changes
        func attempt(_ number: Int, _ end: AttemptEnd) throws -> AttemptRecord {
            var record = AttemptRecord(attempt: number, daemon: try Self.daemon(), session: 1, since: Self.then)
            record.end = end
            return record
        }
        let attempts = [try attempt(3, .stopped(.failed)), try attempt(4, .declined), try attempt(5, .lost)]
        #expect(StandingOrders.beginning(attempts) == 3 && StandingOrders.beginning([]) == 0)
        #expect(StandingOrders(try events(resume), attempt: 3).changes == changes)
        var plain = PersonOrder(.resume, by: "a")
        plain.changes = ResumeTask()
        let again = StandingOrders(try events(resume, PersonOrder(.stop, by: "a"), plain), attempt: 3)
        #expect(again.changes == changes && again.hold == nil)
    }

    @Test(
        arguments: [
            ("not_allowed", .refusal), ("agent_unknown", .refusal), ("no_slot", .busy), ("unknown_task", .busy),
            ("repository", .trouble), ("internal", .trouble), (nil, .trouble),
        ] as [(String?, Decline.Cause)]
    )
    func aRefusalIsWhatItsCodeSays(code: String?, cause: Decline.Cause) throws {
        var answer = CommandAnswer()
        (answer.code, answer.message) = (code, "It may not.")
        let decline = Decline(answer, in: SessionKey(try Self.daemon(), 7), at: Self.then)
        #expect(decline.cause == cause && decline.session == 7 && decline.reason == "It may not.")
    }

    @Test func deletionsAreRememberedAsFarAsThereIsRoom() throws {
        var deletions = Deletions()
        var generator = SystemRandomNumberGenerator()
        let first = TaskID(using: &generator)
        deletions.add([first])
        #expect(deletions.since(0) == [first] && deletions.since(1).isEmpty && deletions.next == 1)
        for _ in 0..<Deletions.most { deletions.add([TaskID(using: &generator)]) }
        #expect(deletions.next == Deletions.most + 1)
        #expect(deletions.since(0).count == Deletions.most && !deletions.since(0).contains(first))
        #expect(deletions.since(deletions.next - 1).count == 1)
    }

    @Test(arguments: PersonOrder.Kind.allCases)
    func anOrderIsReadAsItWasWritten(kind: PersonOrder.Kind) throws {
        var order = PersonOrder(kind, by: "a\nb")
        (order.text, order.number, order.commandID, order.orderID) = ("é\"", 4, "c-1", "o-1")
        if kind == .resume {
            var changes = ResumeTask()
            (changes.maxIterations, changes.message) = (3, "m")
            order.changes = changes
        }
        #expect(PersonOrder(text: try order.event(at: Self.then).body) == order)
        #expect(PersonOrder(text: "{}") == nil && PersonOrder(text: "x") == nil)
    }

    // MARK: - Hello

    @Test func aRulingIsGivenForEachAttemptThatWasNamed() throws {
        var hello = Hello()
        hello.tasks = [("0000000001", 1), ("0000000002", 2)]
            .map { task, attempt in
                var held = WireHeldAttempt()
                (held.taskId, held.attempt, held.status) = (task, attempt, .running)
                return held
            }
        var mine = FleetTask(id: try Self.id(), name: "", createdAt: Self.then)
        mine.attempt = 1
        mine.assignment = Assignment(daemon: try Self.daemon(), session: 1, since: Self.then, isAccepted: true)
        func rulings(isOutboxNew: Bool) throws -> [AttemptRuling] {
            let settled = Greeting.settle(hello, as: try Self.daemon(), isOutboxNew: isOutboxNew, tasks: [mine])
            let session = DaemonSession(
                daemon: try Self.daemon(),
                number: 4,
                server: "s",
                startedAt: Self.then,
                leaseUntil: Self.then
            )
            let opening = SessionOpening(session: session, fenced: nil, lastTaken: 6)
            let welcome = Greeting.welcome(hello, opening: opening, settled)
            #expect(welcome.session == 4 && welcome.lastNumber == 6)
            return welcome.attempts.map(\.ruling)
        }
        #expect(try rulings(isOutboxNew: false) == [.goOn, .fenced])
        #expect(try rulings(isOutboxNew: true) == [.fenced, .fenced])
    }

    @Test func whatADaemonOffersIsWhatTheDispatcherLooksAt() {
        var wire = WireCapacity()
        (wire.slots, wire.freeSlots, wire.cpus, wire.loadMilli) = (4, 1, 2, 3000)
        (wire.freeMemoryMiB, wire.freeDiskMiB) = (7, 8)
        let capacity = wire.capacity
        #expect(capacity.slots == 4 && capacity.usedSlots == 3 && capacity.load == 1.5)
        #expect(capacity.memoryFreeMiB == 7 && capacity.diskFreeMiB == 8)
    }

    // MARK: - Messages

    private func entry(_ message: some DurableMessage, merges: Bool = false) throws -> InboxEntry {
        let bytes = try Frame.encode(message)
        guard case .report(let read, let stamp, let text) = Intake.read(bytes) else {
            throw APIError(500, "x", "It is no report.")
        }
        return Intake.entry(read, stamp, text, merges: merges, at: Self.then)
    }

    @Test func eachMessageHasItsEffect() throws {
        var reports = Reports(CommandHead("c", task: try Self.id(), attempt: 2), after: 10)
        let output = try entry(reports.output("x"))
        #expect(output.number == 11 && output.subject?.attempt == 2 && output.subject?.sequence == 1)
        #expect(output.effect.report == .nothing && output.effect.events.map(\.kind) == [.output])
        let status = try entry(reports.status(.waiting))
        #expect(status.effect.report == .status(StatusReport(.waiting)))
        let iteration = try entry(reports.iteration(4, tokens: 9))
        #expect(iteration.effect.report == .progress(iterations: 4, usage: Usage(tokens: 9), activeTime: .zero))
        #expect(iteration.effect.iterations.map(\.number) == [4])
        let question = try entry(reports.question(6))
        #expect(question.effect.questions.map(\.key.number) == [6])
        var settled = reports.question(6)
        (settled.answer, settled.answeredBy, settled.answeredAt) = ("y", .person, Self.then)
        #expect(try entry(settled).effect.withdrawnQuestions == [6])
    }

    @Test(arguments: [(TaskStatus.done, true, true), (.done, false, false), (.blocked, true, false)])
    func whatIsDoneIsMergedWhereTheDaemonMerges(status: TaskStatus, merges: Bool, isMerged: Bool) throws {
        var reports = Reports(CommandHead("c", task: try Self.id(), attempt: 1))
        let code = status == .done ? "verified" : "checks_unusable"
        guard case .status(let report) = try entry(reports.complete(status, code), merges: merges).effect.report else {
            Issue.record("It changes no status.")
            return
        }
        #expect(report.status == status && report.isMerged == isMerged && report.branch == "makima/x")
    }

    @Test func theBytesOfWorkAreNotKeptInTheHistory() throws {
        var reports = Reports(CommandHead("c", task: try Self.id(), attempt: 1))
        let patch = WirePatch(.patch, base: String(repeating: "a", count: 40), bytes: [UInt8](repeating: 7, count: 999))
        let entry = try entry(reports.checkpoint(2, patch))
        #expect(entry.effect.checkpoints.first?.blob?.size == 999)
        #expect(entry.effect.events.first?.body.contains("\"data\"") == false)
    }

    @Test func whatCannotBeReadHasItsNumberWhereItTellsOne() {
        guard case .refused(_, let number, _) = Intake.read(Array(#"{"type":"taskOutput","number":5}"#.utf8)) else {
            Issue.record("It was read.")
            return
        }
        #expect(number == 5)
        guard case .unknown(let reference, _) = Intake.read(Array(#"{"type":"later","number":6}"#.utf8)) else {
            Issue.record("It is known.")
            return
        }
        #expect(reference.number == 6 && reference.type == "later")
    }

    // MARK: - Handing elements over

    @Test(.timeLimit(.minutes(15))) func aMailboxHoldsBackWhoPutsTooMuch() async {
        let mailbox = Mailbox<Int>(limit: 10)
        let taken = await withTaskGroup(of: [Int].self) { group in
            group.addTask {
                for number in 1...100 { await mailbox.put(number, weight: 5) }
                mailbox.finish()
                return []
            }
            group.addTask {
                var (all, most) = ([Int](), 0)
                while let some = await mailbox.take() {
                    most = max(most, some.count)
                    all += some
                }
                #expect(most <= 3, "three weigh more than the limit")
                return all
            }
            return await group.reduce([], +)
        }
        #expect(taken == Array(1...100))
    }

    @Test func theServersOwnSlownessIsNoSilence() async {
        var silence = Silence()
        let silent = [(0, false), (0, false), (1, false), (0, false), (0, true), (0, false), (0, false), (0, false)]
            .map { silence.note($0, isFull: $1) }
        #expect(silent == [false, false, false, false, false, false, false, true])
        let mailbox = Mailbox<Int>(limit: 1)
        await mailbox.put(1, weight: 1)
        #expect(!mailbox.isFull)
        async let waiting: Void = mailbox.put(2, weight: 1)
        while !mailbox.isFull { await Task.yield() }
        #expect(await mailbox.take() == [1, 2])
        await waiting
        #expect(!mailbox.isFull)
    }

    @Test(.timeLimit(.minutes(15))) func whoWaitsAtAMailboxCanBeCancelled() async {
        let mailbox = Mailbox<Int>(limit: 0)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { #expect(await mailbox.take() == nil) }
            group.cancelAll()
        }
    }
}
