package import Runner
import Synchronization
import Wire

/// What a daemon works with, chosen by whoever starts it.
package struct DaemonParts: Sendable {
    package var settings: DaemonSettings
    /// Runs the tasks, as for `makima run`.
    package var service: ServiceParts
    package var journal: DaemonJournal
    package var transport: any DaemonTransport
    /// Measures leases over several lives of the daemon; counts suspension.
    package var machineTime: @Sendable () -> MachineTime
    /// What the machine has to offer.
    package var load: @Sendable () -> MachineLoad
    /// Is told what happens.
    package var tell: @Sendable (DaemonEvent) -> Void = { _ in }
    let orphanCeiling = OrphanCeiling()

    package init(
        settings: DaemonSettings,
        service: ServiceParts,
        journal: DaemonJournal,
        transport: any DaemonTransport,
        machineTime: @escaping @Sendable () -> MachineTime,
        load: @escaping @Sendable () -> MachineLoad = { MachineLoad() }
    ) {
        self.settings = settings
        self.service = service
        self.journal = journal
        self.transport = transport
        self.machineTime = machineTime
        self.load = load
    }
}

/// How long agents may work on at most without their daemon: shorter than the server waits for it.
final class OrphanCeiling: Sendable {
    private let duration = Mutex<Duration?>(nil)

    /// `nil` while no server has said how long it waits.
    var value: Duration? { duration.withLock(\.self) }

    /// Two heartbeats may be lost before the daemon is, and ending takes a moment; a second at least.
    static func duration(after welcome: Welcome) -> Duration {
        let patience = welcome.leaseMilliseconds + welcome.graceMilliseconds
        return max(.seconds(1), patience - welcome.heartbeatMilliseconds * 2 - .seconds(2))
    }

    func set(_ value: Duration) { duration.withLock { $0 = value } }
}

/// What of the machine is to be had.
package struct MachineLoad: Hashable, Sendable {
    package var cpus: Int?
    /// Thousandths of the load average of one minute.
    package var loadMilli: Int?
    package var memoryMiB: Int?
    package var freeMemoryMiB: Int?
    package var diskMiB: Int?
    /// What can be taken above the reserve.
    package var freeDiskMiB: Int?

    package init() {}
}
