import Domain
import Runner
import Synchronization
import Wire

extension ListRow {
    /// The task as one of the server; `nil` where no server has it.
    func queued(at queue: any TaskQueue) -> QueuedTask? {
        guard let view, let id = TaskID(rawValue: view.taskId) else { return nil }
        return QueuedTask(queue: queue, view: view, id: id)
    }
}

/// Reads everything about the task that is looked at, where it may have changed.
struct TopDetailReader {
    let environment: CommandEnvironment
    let service: any TaskService
    private var last: ListRow?
    private var beats = 0

    /// What a server has of a task takes several requests; a question is no change of the task itself.
    private static let serverBeats = 3

    init(environment: CommandEnvironment, service: any TaskService) {
        self.environment = environment
        self.service = service
    }

    /// `nil` where nothing can have changed.
    mutating func read(_ row: ListRow) async -> TopDetail? {
        beats += 1
        let isDue = row.goesOn && (row.view == nil || beats >= Self.serverBeats)
        guard row != last || isDue else { return nil }
        (last, beats) = (row, 0)
        do {
            let found = try await find(row)
            return TopDetail(id: row.id, dossier: found.dossier, server: found.server)
        } catch is CancellationError {
            return nil
        } catch {
            last = nil
            return TopDetail(id: row.id, trouble: "\(error)")
        }
    }

    private func find(_ row: ListRow) async throws -> TaskLookup.Finding {
        if row.view != nil, let queue = try await environment.machine.openQueue(), let queued = row.queued(at: queue) {
            return try await TaskLookup(environment: environment).finding(queued, of: service)
        }
        guard let id = TaskID(rawValue: row.id) else { throw ServiceError.noSuchTask(row.id) }
        return TaskLookup.Finding(dossier: try await service.dossier(id))
    }
}

/// Reads the log of a task, from where it was last: the output here, as `makima logs` tells it, or else the server's events, as
/// `makima attach` does.
struct TopLogReader {
    let row: ListRow
    private let environment: CommandEnvironment
    private let service: any TaskService
    private var source: Source?
    private var hasTold = false

    /// Of the iterations before, `makima logs` tells.
    private static let latestFiles = 3

    private enum Source {
        case files(AgentLog, from: Int)
        case events(QueuedTask, EventNarrator, position: Int)
    }

    init(row: ListRow, environment: CommandEnvironment, service: any TaskService) {
        self.row = row
        self.environment = environment
        self.service = service
    }

    /// Tells what is new, in parts, as long as `tell` says that somebody wants it.
    mutating func read(_ tell: (TopLogPart) -> Bool) async {
        do {
            if source == nil { source = try await open() }
            switch source {
            case .files(let log, let first): try await readFiles(log, from: first, tell)
            case .events(let task, let narrator, let position):
                try await readEvents(of: task, narrator, after: position, tell)
            case nil: break
            }
        } catch is CancellationError {
        } catch {
            source = nil
            hasTold = false
            let line = StyledLine("It cannot be read: \(error)", .warning)
            _ = tell(TopLogPart(id: row.id, lines: [line], isFirst: true))
        }
    }

    private func open() async throws -> Source {
        let lookup = TaskLookup(environment: environment)
        if let queue = try await environment.machine.openQueue(), let queued = row.queued(at: queue) {
            guard try await lookup.isHere(queued) else {
                return .events(queued, try await queued.narrator(), position: 0)
            }
        }
        guard let id = TaskID(rawValue: row.id) else { throw ServiceError.noSuchTask(row.id) }
        let files = try await service.outputFiles(id)
        let log = AgentLog(source: environment.machine, isRaw: false)
        return .files(log, from: max(0, files.count - Self.latestFiles))
    }

    private mutating func readFiles(_ log: AgentLog, from first: Int, _ tell: (TopLogPart) -> Bool) async throws {
        guard let id = TaskID(rawValue: row.id) else { return }
        var log = log
        // Asked before reading: what is written between the answer and the reading is read, too.
        let isActive = try await service.dossier(id).task.status.isActive
        let files = try await service.outputFiles(id).dropFirst(first)
        let lines = TopLogLines()
        try log.print(Array(files), isComplete: !isActive, to: lines)
        source = .files(log, from: first)
        let isFirst = !hasTold
        hasTold = true
        let before = "Earlier iterations: 'makima logs \(row.callName)'."
        let head = isFirst && first > 0 ? [StyledLine(before, .faint)] : []
        if isFirst || !lines.told.isEmpty {
            _ = tell(TopLogPart(id: row.id, lines: head + lines.told, isFirst: isFirst))
        }
    }

    private mutating func readEvents(
        of task: QueuedTask,
        _ narrator: EventNarrator,
        after position: Int,
        _ tell: (TopLogPart) -> Bool
    ) async throws {
        var (narrator, position) = (narrator, position)
        var isWanted = true
        while isWanted {
            let page = try await task.queue.events(of: task.id, after: position)
            let lines = page.events.flatMap { narrator.tell($0) }
            position = max(position, page.events.last?.position ?? position)
            source = .events(task, narrator, position: position)
            if !hasTold || !lines.isEmpty {
                isWanted = tell(TopLogPart(id: row.id, lines: lines, isFirst: !hasTold))
            }
            hasTold = true
            guard page.next != nil, !page.events.isEmpty else { return }
        }
    }
}

/// Keeps the latest lines that a log tells.
final class TopLogLines: LineReceiver {
    private let lines = Mutex<[StyledLine]>([])

    var told: [StyledLine] { lines.withLock(\.self) }

    func print(_ new: [StyledLine]) {
        lines.withLock { lines in
            lines += new
            let most = TopLogText.most
            if lines.count > 2 * most { lines.removeFirst(lines.count - most) }
        }
    }

    /// Nothing is told as it is.
    func write(_ bytes: [UInt8]) {}
}
