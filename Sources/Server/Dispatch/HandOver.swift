import Domain
import Fleet
import Store
import Wire

/// Decides what a daemon is told when it gets a task.
///
/// Who has the workspace goes on in it (`resumeTask`); anybody else begins from the base, with what the server has of
/// the work (`spawnTask`).
struct HandOver: Sendable {
    /// With which the ids of such commands begin.
    static let prefix = "spawn-"

    var task: FleetTask
    var document: SpawnTask
    var attempts: [AttemptRecord] = []
    /// Where the task stood after the last iteration that was told of.
    var standing: WireStanding?
    /// The last checkpoint whose work is here; of the task, or of the one that it continues.
    var work: Work?
    var orders = StandingOrders()
    /// Of a task of a contract.
    var contract: ContractShare?
    /// The position of the last event that all this takes into account.
    var lastEvent: Int?

    /// Work that is here.
    struct Work: Sendable {
        var patch: WirePatch
        /// The checkpoint's number, where it is the task's own.
        var checkpoint: Int?
    }

    /// The command for `daemon`.
    func command(for daemon: DaemonID) -> ToDaemon {
        let attempt = task.attempt + 1
        let head = CommandHead("\(Self.prefix)\(task.id)-\(attempt)", task: task.id, attempt: attempt)
        if let previous = resumable(at: daemon) {
            var resume = orders.changes ?? ResumeTask()
            resume.head = head
            resume.previousAttempt = previous
            let own = (document.budgets ?? WireBudgets()).changed(by: orders.lasting.budgets)
            resume.budgets = contract?.budgets(own, resume.budgets) ?? resume.budgets
            return .resumeTask(resume)
        }
        var spawn = document
        spawn.head = head
        spawn.apply(orders.lasting)
        orders.changes.map { spawn.apply($0) }
        spawn.standing = standing
        spawn.budgets = contract?.budgets(spawn.budgets, nil) ?? spawn.budgets
        if task.attempt > 0, let history = contract?.history { spawn.conversationHistory.append(history) }
        if let work {
            spawn.patch = work.patch
            spawn.standing?.checkpoint = work.checkpoint
        }
        return .spawnTask(spawn)
    }

    /// The command for `daemon`, and its frame; work that makes it too large is sent before it, in parts.
    func frame(for daemon: DaemonID) throws(WireError) -> (ToDaemon, String) {
        let message = command(for: daemon)
        do throws(WireError) {
            return (message, String(decoding: try Frame.encode(message), as: UTF8.self))
        } catch {
            guard case .frameTooLarge = error, case .spawnTask(var spawn) = message, spawn.patchData?.isEmpty == false
            else { throw error }
            spawn.patchData = nil
            return (.spawnTask(spawn), String(decoding: try Frame.encode(spawn), as: UTF8.self))
        }
    }

    /// The attempt in whose workspace the daemon goes on; `nil` where it has none.
    private func resumable(at daemon: DaemonID) -> Int? {
        guard task.home == daemon else { return nil }
        return attempts.last { $0.daemon == daemon && $0.end != .declined }?.attempt
    }
}

extension ToDaemon {
    /// Whether a daemon goes on in its workspace.
    var isResumption: Bool {
        guard case .resumeTask = self else { return false }
        return true
    }
}

extension SpawnTask {
    /// Takes over what a person wants to be otherwise from now on.
    fileprivate mutating func apply(_ changes: ResumeTask) {
        maxIterations = changes.maxIterations ?? maxIterations
        budgets = budgets.map { $0.changed(by: changes.budgets) } ?? changes.budgets
        waits = changes.waits ?? waits
        permissions = changes.permissions ?? permissions
        agent = changes.agent ?? agent
        setupCommand = changes.setupCommand ?? setupCommand
        if !changes.choices.isEmpty { choices = changes.choices }
        if !changes.checks.isEmpty { checks = changes.checks }
        if let rounds = changes.pullRequestRounds { forge?.rounds = rounds }
        sandbox?.apply(changes)
    }
}

extension WireSandbox {
    fileprivate mutating func apply(_ changes: ResumeTask) {
        mode = changes.sandboxMode ?? mode
        network = changes.network ?? network
        allowHosts += changes.allowHosts.filter { !allowHosts.contains($0) }
        read += changes.read.filter { !read.contains($0) }
        guard changes.maxDiskMiB != nil || changes.maxMemoryMiB != nil else { return }
        var own = limits ?? WireProcessLimits()
        own.diskMiB = changes.maxDiskMiB ?? own.diskMiB
        own.memoryMiB = changes.maxMemoryMiB ?? own.memoryMiB
        limits = own
    }
}

extension ResumeTask {
    /// Takes over what holds for the rest of the task's life.
    mutating func keep(_ other: ResumeTask) {
        maxIterations = other.maxIterations ?? maxIterations
        budgets = budgets.map { $0.changed(by: other.budgets) } ?? other.budgets
        waits = other.waits ?? waits
        permissions = other.permissions ?? permissions
        agent = other.agent ?? agent
        setupCommand = other.setupCommand ?? setupCommand
        if !other.choices.isEmpty { choices = other.choices }
        if !other.checks.isEmpty { checks = other.checks }
        pullRequestRounds = other.pullRequestRounds ?? pullRequestRounds
        sandboxMode = other.sandboxMode ?? sandboxMode
        network = other.network ?? network
        allowHosts += other.allowHosts.filter { !allowHosts.contains($0) }
        read += other.read.filter { !read.contains($0) }
        maxDiskMiB = other.maxDiskMiB ?? maxDiskMiB
        maxMemoryMiB = other.maxMemoryMiB ?? maxMemoryMiB
    }
}

extension WireBudgets {
    fileprivate func changed(by other: WireBudgets?) -> WireBudgets {
        var budgets = self
        budgets.maxCostMicrodollars = other?.maxCostMicrodollars ?? maxCostMicrodollars
        budgets.maxTokens = other?.maxTokens ?? maxTokens
        budgets.maxDurationMilliseconds = other?.maxDurationMilliseconds ?? maxDurationMilliseconds
        return budgets
    }
}
