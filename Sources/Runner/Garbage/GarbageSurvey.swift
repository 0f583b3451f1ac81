import Domain
import Glibc
import Journal
import Processes
import Workspaces

/// Something that may be garbage, with what removes it.
struct GarbageItem: Sendable {
    enum Target: Sendable {
        case workspace(TaskID)
        case unknownTask(WorkspaceSite?, TaskID)
        /// Files of a task that may be removed while nobody owns it.
        case files(String, of: TaskID)
        case room(String)
        case ownFile(String)
        case refs(PrivateRefSet)
        /// It never goes.
        case nothing
    }

    var kind: GarbageEntry.Kind
    var task: TaskID?
    var path: String
    var bytes = 0
    var facts: GarbageFacts
    var isOwned = false
    var target: Target

    func entry(_ verdict: GarbageVerdict) -> GarbageEntry {
        GarbageEntry(kind, of: task, path: path, bytes: bytes, verdict: verdict)
    }
}

/// Looks at the disk and the journal for what may be garbage; changes nothing.
struct GarbageSurvey: Sendable {
    let parts: ServiceParts
    /// Repositories to look at beside those of tasks.
    let repositories: [String]

    private var state: StateDirectory { parts.state }

    struct Inventory: Sendable {
        var items: [GarbageItem] = []
        var isAnyoneAtWork = false
    }

    /// The disk comes first: whoever makes a task writes the row before the directory, so that what is found on the disk has
    /// its row by the time the journal is read.
    func take() async throws -> Inventory {
        let directories = Directory.names(in: state.tasks)
        let rooms = Directory.names(in: state.rooms)
        let journal = try await parts.journal.tasks()
        var inventory = Inventory()
        for task in journal.tasks { inventory.items += try await items(of: task) }
        for row in journal.damaged { inventory.items.append(await item(of: row)) }
        let known = Set(journal.tasks.map(\.id.rawValue) + journal.damaged.map(\.id))
        let unknown = directories.filter { !known.contains($0) }
        for name in unknown { inventory.items += await items(ofUnknown: name) }
        for name in rooms { inventory.items.append(await item(ofRoom: name)) }
        inventory.items += await merges()
        inventory.isAnyoneAtWork = inventory.items.contains { $0.isOwned }
        inventory.items += await otherVersions() + leftovers()
        inventory.items += try await refs(of: journal.tasks, unknown: unknown)
        return inventory
    }

    // MARK: - Tasks

    func items(of task: TaskRecord) async throws -> [GarbageItem] {
        let directory = state.task(task.id)
        let site = parts.site(of: task.spec)
        let condition = site.condition()
        let isOwned = OwnerLock.owner(directory.ownerLock) != nil
        let checkpoints = try await parts.journal.checkpoints(of: task.id)
        let iterations = try await parts.journal.iterations(of: task.id)
        let isRecorded = !task.isOwned && iterations.allSatisfy { $0.endedAt != nil }
        var items = [
            GarbageItem(
                kind: .workspace,
                task: task.id,
                path: directory.tree,
                bytes: await DiskUsage.bytes(beneath: site.workspacePaths + [directory.home]),
                facts: .workspace(
                    GarbageFacts.WorkspaceFacts(
                        task.status,
                        condition,
                        hasCheckpoints: !checkpoints.isEmpty,
                        isRecorded: isRecorded,
                        lastUse: task.updatedAt
                    )
                ),
                isOwned: isOwned,
                target: .workspace(task.id)
            )
        ]
        items += await output(of: task.id, in: directory, isOwned: isOwned, isRecorded: isRecorded)
        items += await leftovers(of: task.id, in: directory, condition, isOwned: isOwned)
        return items
    }

    private func item(of row: DamagedRow) async -> GarbageItem {
        let path = "\(state.tasks)/\(row.id)"
        return GarbageItem(
            kind: .taskDirectory,
            task: TaskID(rawValue: row.id),
            path: path,
            bytes: await DiskUsage.bytes(beneath: [path]),
            facts: .unreadableTask(message: row.message),
            target: .nothing
        )
    }

    func items(ofUnknown name: String) async -> [GarbageItem] {
        let path = "\(state.tasks)/\(name)"
        let total = await DiskUsage.total(beneath: [path])
        var item = GarbageItem(
            kind: .taskDirectory,
            path: path,
            bytes: total.bytes,
            facts: .foreign,
            target: .nothing
        )
        guard let id = TaskID(rawValue: name), Directory.isDirectory(path) else { return [item] }
        let directory = state.task(id)
        let site = WorkspaceSite.found(task: id, in: path)
        // Without a base of its own it would be found broken: what it was made from is what its marker says.
        let any = WorkspaceSite(task: id, name: "", repository: RepositorySpec(path: "/", base: nil), directory: path)
        let condition = (site ?? any).condition()
        let isOwned = OwnerLock.owner(directory.ownerLock) != nil
        let output = await output(of: id, in: directory, isOwned: isOwned)
        item.task = id
        item.isOwned = isOwned
        item.facts = .unknownTask(condition, hasOutput: !output.isEmpty, lastUse: Directory.time(total.newest))
        item.target = .unknownTask(site, id)
        return [item] + output + (await leftovers(of: id, in: directory, condition, isOwned: isOwned))
    }

    private func output(of id: TaskID, in directory: TaskDirectory, isOwned: Bool, isRecorded: Bool = true) async
        -> [GarbageItem]
    {
        var items: [GarbageItem] = []
        for room in [directory.runs, directory.checks] {
            for name in Directory.names(in: room) {
                let path = "\(room)/\(name)"
                let total = await DiskUsage.total(beneath: [path])
                let lastUse = Directory.time(max(total.newest, Directory.modified(path) ?? 0))
                items.append(
                    GarbageItem(
                        kind: .output,
                        task: id,
                        path: path,
                        bytes: total.bytes,
                        facts: .output(lastUse: lastUse, isRecorded: isRecorded),
                        isOwned: isOwned,
                        target: .files(path, of: id)
                    )
                )
            }
        }
        return items
    }

    /// What a check, a shell or a removal of a workspace did not come to remove.
    private func leftovers(
        of id: TaskID,
        in directory: TaskDirectory,
        _ condition: WorkspaceCondition,
        isOwned: Bool
    ) async -> [GarbageItem] {
        var paths = Directory.names(in: directory.checkouts).map { "\(directory.checkouts)/\($0)" }
        paths += Directory.names(in: directory.root).filter { $0.hasPrefix("by-hand-") || $0.hasSuffix(".new") }
            .map { "\(directory.root)/\($0)" }
        if case .removed = condition { paths += directory.companions.filter(Marker.exists) }
        var items: [GarbageItem] = []
        for path in paths {
            items.append(
                GarbageItem(
                    kind: .leftover,
                    task: id,
                    path: path,
                    bytes: await DiskUsage.bytes(beneath: [path]),
                    facts: .leftover,
                    isOwned: isOwned,
                    target: .files(path, of: id)
                )
            )
        }
        return items
    }

    // MARK: - What belongs to no task

    private func item(ofRoom name: String) async -> GarbageItem {
        let path = "\(state.rooms)/\(name)"
        let isOwned = OwnerLock.owner(TaskDirectory(root: path).ownerLock) != nil
        guard let process = Int32(name), process > 0 else {
            return GarbageItem(kind: .room, path: path, facts: .foreign, target: .nothing)
        }
        return GarbageItem(
            kind: .room,
            path: path,
            bytes: await DiskUsage.bytes(beneath: [path]),
            facts: .room(isAlive: !OwnerSignal.isGone(process)),
            isOwned: isOwned || !OwnerSignal.isGone(process),
            target: .room(path)
        )
    }

    /// What a merge that was killed has left, and that was not taken up again.
    private func merges() async -> [GarbageItem] {
        var items: [GarbageItem] = []
        for name in Directory.names(in: state.merges) {
            let path = "\(state.merges)/\(name)"
            items.append(
                GarbageItem(
                    kind: .leftover,
                    path: path,
                    bytes: await DiskUsage.bytes(beneath: [path]),
                    facts: .leftover,
                    isOwned: OwnerLock.isHeld(TaskDirectory(root: path).ownerLock),
                    target: .room(path)
                )
            )
        }
        return items
    }

    private func otherVersions() async -> [GarbageItem] {
        let shims = Directory.names(in: state.root).filter { $0.hasPrefix("shim-") }
            .map { "\(state.root)/\($0)" }.filter { $0 != parts.supervisor.shimPath }
        let copies = SystemRoot.otherCopies(in: state.root).map { "\(state.root)/\($0)" }
        var items: [GarbageItem] = []
        for (kind, path) in shims.map({ (GarbageEntry.Kind.shim, $0) }) + copies.map({ (.systemCopy, $0) }) {
            items.append(
                GarbageItem(
                    kind: kind,
                    path: path,
                    bytes: await DiskUsage.bytes(beneath: [path]) + Directory.bytes(of: path),
                    facts: .otherVersion(lastUse: Directory.time(Directory.modified(path) ?? 0)),
                    target: .ownFile(path)
                )
            )
        }
        return items
    }

    /// What `makima doctor` tries the directory with.
    private func leftovers() -> [GarbageItem] {
        Directory.names(in: state.root)
            .filter { name in
                guard name.hasPrefix("doctor-"), let process = Int32(name.dropFirst("doctor-".count)) else {
                    return false
                }
                return OwnerSignal.isGone(process)
            }
            .map { name in
                let path = "\(state.root)/\(name)"
                return GarbageItem(
                    kind: .leftover,
                    path: path,
                    bytes: Directory.bytes(of: path),
                    facts: .leftover,
                    target: .ownFile(path)
                )
            }
    }

    // MARK: - Repositories

    private func refs(of tasks: [TaskRecord], unknown: [String]) async throws -> [GarbageItem] {
        let known = Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
        let found = unknown.compactMap { TaskID(rawValue: $0) }
            .compactMap { WorkspaceSite.found(task: $0, in: state.task($0).root)?.repository.path }
        let paths = Set(tasks.map(\.spec.repository.path) + found + repositories).sorted()
        let reader = PrivateRefReader(git: parts.git)
        var items: [GarbageItem] = []
        var seen: Set<[PrivateRef]> = []
        for path in paths {
            do {
                // Two worktrees of one repository have the same refs.
                for set in try await reader.refs(in: path) where seen.insert(set.refs).inserted {
                    items.append(item(of: set, known: known[set.task]))
                }
            } catch is WorkspaceError {
                // What cannot be read now is looked at another time; its tasks say what is wrong.
                continue
            }
        }
        return items
    }

    private func item(of set: PrivateRefSet, known: TaskRecord?) -> GarbageItem {
        let directory = state.task(set.task)
        let owner: GarbageFacts.RefFacts.Owner =
            known.map { .known(parts.site(of: $0.spec).condition()) }
            ?? (Marker.exists(directory.root) ? .directoryOnly : .nobody)
        let isRemoved = if case .known(.removed) = owner { true } else { false }
        return GarbageItem(
            kind: .refs,
            task: set.task,
            path: set.repository,
            facts: .refs(GarbageFacts.RefFacts(owner: owner, isPinned: set.isPinned)),
            // Work is never let go of with the others.
            target: isRemoved ? .refs(set.pins) : .nothing
        )
    }
}

/// Looks at directories of makima's own.
enum Directory {
    /// In order, without `.` and `..`; none where it cannot be read.
    static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func isDirectory(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

    /// The second since 1970 in which it was written last.
    static func modified(_ path: String) -> Int? { status(path)?.st_mtim.tv_sec }

    /// What the file itself takes of the disk.
    static func bytes(of path: String) -> Int { status(path).map { Int($0.st_blocks) * 512 } ?? 0 }

    static func time(_ second: Int) -> Timestamp { Timestamp(millisecondsSince1970: Int64(second) * 1000) }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }
}
