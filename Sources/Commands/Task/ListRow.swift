import Domain
import Runner
import Wire

/// A task of this machine, of the server, or of both.
struct ListRow: Hashable, Sendable {
    var record: TaskRecord?
    var view: TaskView?
    /// Its agent works and waits for a person.
    var asks = false
    /// Its makima is gone, while its agent still works.
    var isOrphaned = false
    /// How it can be called on the command line.
    var callName: String

    /// What this machine and the server know, newest first: of a task that both have, the server knows where it is, and this
    /// machine more where it stands there as here.
    static func all(of listing: TaskListing, and views: [TaskView]) -> [ListRow] {
        let known = Dictionary(views.map { ($0.taskId, $0) }) { first, _ in first }
        let local = listing.tasks.filter { task in known[task.id.rawValue].map { $0.status == task.status } ?? true }
        let taken = Set(local.map(\.id.rawValue))
        let names = listing.callNames
        let here = local.map { task in
            ListRow(
                record: task,
                view: known[task.id.rawValue],
                asks: listing.asking.contains(task.id),
                isOrphaned: listing.orphaned.contains(task.id),
                callName: names[task.id] ?? task.id.short
            )
        }
        let elsewhere = views.filter { !taken.contains($0.taskId) }
            .map { ListRow(record: nil, view: $0, callName: String($0.taskId.prefix(6))) }
        return (here + elsewhere).sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    var id: String { record?.id.rawValue ?? view?.taskId ?? "" }
    var name: String { record?.spec.name ?? view?.taskName ?? "" }
    var status: TaskStatus { record?.status ?? view?.status ?? .pending }
    var createdAt: Timestamp { record?.createdAt ?? view?.createdAt ?? Timestamp(millisecondsSince1970: 0) }
    var updatedAt: Timestamp { record?.updatedAt ?? view?.updatedAt ?? Timestamp(millisecondsSince1970: 0) }
    var usage: Usage { record?.usage ?? view?.usage.usage ?? Usage() }
    var isAtRest: Bool { record.map { !$0.status.isActive } ?? view?.status.isAtRest ?? true }

    var statusLine: StyledLine { record?.statusLine ?? view?.statusLine ?? "" }

    /// What is to be said beside the status.
    var remark: StyledLine {
        if isOrphaned { return StyledLine(", without makima", .warning) }
        return asks ? StyledLine(", asks you", .warning) : ""
    }

    var iterations: String {
        record.map { $0.spec.limits.column(used: $0.iterations) } ?? "\(view?.iterations ?? 0)"
    }

    /// Who has it, or had it last; `nil` where no server has the task.
    var daemon: String? { view.map { $0.daemonId ?? $0.home ?? "–" } }

    /// Why the server does not hand it out, or what its finished work waits for.
    var waits: [StyledLine] {
        let merge = view?.mergeWaitsFor == nil ? nil : view?.contractStanding.first
        return ((view?.waitsFor ?? []) + [merge].compactMap(\.self))
            .map { StyledLine("\(id.prefix(6)) waits: ", .faint) + StyledLine($0) }
    }
}
