import Domain
import Fleet
import Journal
import Runner
import Wire

/// What the link asks.
extension Workshop: LinkHost {
    func hello() async throws -> Hello {
        let settings = parts.settings
        var hello = Hello()
        hello.daemonId = parts.journal.identity.daemon.rawValue
        hello.daemonName = settings.name.asLabel
        hello.outboxId = parts.journal.identity.outbox
        let outbox = try await parts.journal.outbox()
        hello.lastNumber = outbox.made
        hello.acknowledgedNumber = outbox.acknowledged
        hello.makimaVersion = settings.makimaVersion
        hello.platform = settings.platform
        hello.at = parts.service.surroundings.wallClock.now().clipped
        hello.labels = settings.labels
        hello.agents = await settings.offers()
        hello.repositories = repositories.known()
        let (capacity, tasks) = try await standing()
        hello.capacity = capacity
        hello.tasks = tasks
        return hello
    }

    func heartbeat(session: Int, number: Int) async throws -> Heartbeat {
        var heartbeat = Heartbeat()
        heartbeat.session = session
        heartbeat.beat = number
        heartbeat.at = parts.service.surroundings.wallClock.now().clipped
        let (capacity, tasks) = try await standing()
        heartbeat.capacity = capacity
        heartbeat.tasks = tasks
        heartbeat.lastNumber = try await parts.journal.outbox().made
        return heartbeat
    }

    private func standing() async throws -> (WireCapacity, [WireHeldAttempt]) {
        let all = try await parts.journal.heldTasks()
        let taken = all.count { $0.takesSlot }
        // A link may be there before what is on the disk was taken up.
        let isDraining = try await parts.journal.isDraining() || self.isDraining
        let capacity = WireCapacity(
            parts.load(),
            slots: parts.settings.slots,
            taken: isDraining ? parts.settings.slots : taken
        )
        var tasks: [WireHeldAttempt] = []
        for held in all {
            // One that cannot be read is held all the same.
            let task = try? await parts.service.journal.task(held.task)
            tasks.append(WireHeldAttempt(held, task))
        }
        return (capacity, tasks)
    }

    func take(_ command: ToDaemon) async throws -> DaemonJournal.Receipt {
        let receipt = try await parts.journal.receive(command, slots: parts.settings.slots)
        if case .answered = receipt { return receipt }
        // What is being prepared is not waited for, where it is to end.
        switch command {
        case .stopTask(let stop): preparations.note(.stop(force: stop.force), stop.head)
        case .pauseTask(let pause): preparations.note(.pause, pause.head)
        default: break
        }
        if receipt == .new { pump(command.lane) }
        return receipt
    }

    func settle(_ welcome: Welcome) async throws {
        parts.tell(.welcomed(session: welcome.session))
        note(serverDrains: welcome.draining)
        note(welcome)
        for ruling in welcome.attempts where ruling.ruling == .fenced {
            guard let task = TaskID(rawValue: ruling.taskId) else { continue }
            try await fence(task, attempt: ruling.attempt)
        }
        try await goOn()
    }

    func fence(ofEntry number: Int) async throws {
        guard let (task, attempt) = try await parts.journal.owner(ofEntry: number) else { return }
        try await fence(task, attempt: attempt)
    }

    func beginAnew() async throws {
        let held = try await parts.journal.heldTasks()
        for attempt in held { try await fence(attempt.task, attempt: attempt.attempt) }
        try await parts.journal.beginAnew(parts.service.surroundings.token())
        parts.tell(.link(.begunAnew(attempts: held.count)))
    }

    func renew(ago: Duration, lasting: Duration) async throws {
        let lease = LeaseEnd(now: parts.machineTime(), ago: ago, lasting: lasting)
        note(lease)
        try await parts.journal.keep(lease)
    }

    func tell(_ event: DaemonEvent) {
        if case .acknowledged = event { ringAll() }
        parts.tell(event)
    }

    func isIdle() async throws -> Bool {
        let outbox = try await parts.journal.outbox()
        guard outbox.acknowledged == outbox.made else { return false }
        return try await parts.journal.heldTasks().isEmpty
    }

    /// Stops the agents when the attempts may be somebody else's.
    func watchLease() async {
        while !isLeaving, await clock.sleep(for: .seconds(1)) {
            guard let lease, lease.standing(at: parts.machineTime()) == .over else { continue }
            do {
                try await suspend()
            } catch {
                parts.tell(.linkFailed("\(error)"))
            }
        }
    }
}

extension WireCapacity {
    init(_ load: MachineLoad, slots: Int, taken: Int) {
        self.init()
        self.slots = slots
        freeSlots = max(0, slots - taken)
        cpus = load.cpus
        loadMilli = load.loadMilli
        memoryMiB = load.memoryMiB
        freeMemoryMiB = load.freeMemoryMiB
        diskMiB = load.diskMiB
        freeDiskMiB = load.freeDiskMiB
    }
}

extension WireHeldAttempt {
    init(_ held: HeldTask, _ task: TaskRecord?) {
        self.init()
        taskId = held.task.rawValue
        attempt = held.attempt
        sequence = held.sequence
        guard let task else { return }
        // What an earlier attempt came to is not what this one is at.
        status = held.phase == .accepted || held.phase == .working && !task.status.isActive ? .pending : task.status
        iteration = task.iterations.clipped
    }
}
