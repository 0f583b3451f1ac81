import Domain
import Fleet
import Store
import Wire

extension TaskView {
    init(_ task: FleetTask, waitsFor: [String] = []) {
        self.init()
        taskId = task.id.rawValue
        taskName = task.name
        status = task.status
        reason = task.reason.map { WireReason($0, task: TaskCall(task.id.rawValue)) }
        priority = task.demands.priority
        labels = task.demands.labels.sorted()
        keys = task.demands.keys.map(WireConcurrencyKey.init)
        dependencies = task.demands.dependencies.map { WireDependency($0) }
        notBefore = task.demands.notBefore
        repoUrl = task.demands.repository
        parentTaskId = task.demands.parent?.rawValue
        contractId = task.demands.contract
        agentName = task.demands.agent
        attempt = task.attempt
        daemonId = task.assignment?.daemon.rawValue
        accepted = task.assignment?.isAccepted ?? false
        home = task.home?.rawValue
        iterations = task.iterations
        usage = WireUsage(task.usage)
        branch = task.branch
        merged = task.isMerged
        losses = task.losses
        revision = task.revision
        self.waitsFor = waitsFor
        standstill = task.isQueued ? task.standstill.map(WireStandstill.init) : nil
        queuedAt = task.queuedAt
        createdAt = task.createdAt
        updatedAt = task.updatedAt
    }
}

extension WireStandstill {
    init(_ standstill: Standstill) {
        self.init()
        code = standstill.code
        message = standstill.sentence.clipped(to: WireLimits.message)
        hint = standstill.hint.clipped(to: WireLimits.message)
    }
}

extension WireConcurrencyKey {
    init(_ key: ConcurrencyKey) {
        self.init()
        (name, limit) = (key.name, key.limit)
    }
}

extension DaemonView {
    init(_ record: DaemonRecord, _ state: DaemonState?) {
        self.init()
        daemonId = record.id.rawValue
        daemonName = record.name
        connected = state != nil
        session = state?.session
        draining = record.isDraining
        labels = record.labels.sorted()
        repositories = record.repositories.sorted()
        agents = (record.agents ?? []).sorted()
        makimaVersion = record.version.isEmpty ? nil : record.version
        slots = state?.capacity.slots
        usedSlots = state?.capacity.usedSlots
        assigned = state?.assigned ?? 0
        enrolledAt = record.enrolledAt
        lastSeenAt = record.lastSeenAt
    }
}

extension TokenView {
    /// With the token itself only where it was just made.
    init(_ record: TokenRecord, token: AccessToken? = nil) {
        self.init()
        tokenId = record.id
        label = record.label
        scopes = record.scopes.map(WireScope.init).sorted { $0.rawValue < $1.rawValue }
        switch record.owner {
        case .user(let id): userId = id
        case .daemon(let id): daemonId = id.rawValue
        }
        createdAt = record.createdAt
        expiresAt = record.expiresAt
        revokedAt = record.revokedAt
        lastUsedAt = record.lastUsedAt
        self.token = token?.text
    }
}

extension WireScope {
    init(_ scope: AccessScope) {
        switch scope {
        case .admin: self = .admin
        case .operator: self = .operator
        case .viewer: self = .viewer
        case .daemon: self = .daemon
        }
    }

    var scope: AccessScope {
        switch self {
        case .admin: .admin
        case .operator: .operator
        case .viewer: .viewer
        case .daemon: .daemon
        }
    }
}

extension CommandView {
    init(_ queued: QueuedCommand) {
        self.init()
        commandId = queued.command.id
        daemonId = queued.command.daemon.rawValue
        taskId = queued.command.attempt?.task.rawValue
        attempt = queued.command.attempt?.attempt
        queuedAt = queued.queuedAt
        answeredAt = queued.acknowledgedAt
        withdrawn = queued.isWithdrawn
        answer = queued.answer.flatMap(EventBody.value)
    }
}

extension QuestionView {
    init(_ entry: QuestionEntry) {
        self.init()
        taskId = entry.key.attempt.task.rawValue
        attempt = entry.key.attempt.attempt
        question = entry.key.number
        askedAt = entry.askedAt
        withdrawn = entry.isWithdrawn
        answer = entry.answer?.text
        answeredBy = entry.answer?.author
        answeredAt = entry.answer?.at
        report = EventBody.value(entry.document) ?? .null
    }
}
