import Glibc

/// The control group (cgroup, version 2) that makima itself is in, by what can be made beneath it.
package enum ControlGroup: Hashable, Sendable {
    /// Groups can be made.
    case usable(Place)
    /// The directory is not this user's to write to.
    case foreign(String)
    /// This machine has no control groups of version 2, or shows them to nobody here.
    case absent

    /// Where groups are made.
    package struct Place: Hashable, Sendable {
        package var directory: String
        /// What can be limited there.
        package var offered: Set<Controller>
        /// The group of all groups: it alone may hold processes and hand controllers down.
        package var isRoot: Bool
        /// Whether processes are in it that makima has not started.
        package var isShared: Bool

        package init(directory: String, offered: Set<Controller>, isRoot: Bool, isShared: Bool) {
            self.directory = directory
            self.offered = offered
            self.isRoot = isRoot
            self.isShared = isShared
        }
    }

    /// What limits a resource.
    package enum Controller: String, Hashable, Sendable, CaseIterable, Comparable {
        case cpu
        case memory
        case pids

        package static func < (one: Controller, other: Controller) -> Bool { one.rawValue < other.rawValue }
    }

    /// Why groups with limits of `controllers` cannot be made; `nil` where nothing speaks against it.
    ///
    /// Whether the kernel agrees is only known when they are handed down.
    package func obstacle(to controllers: Set<Controller>) -> LimitObstacle? {
        switch self {
        case .absent: return .absent
        case .foreign(let path): return .foreign(path)
        case .usable(let place):
            let missing = controllers.subtracting(place.offered)
            guard missing.isEmpty else { return .missing(place.directory, missing.sorted()) }
            return place.isShared && !place.isRoot ? .shared(place.directory) : nil
        }
    }
}

/// Why limits of memory, of processor time and of processes cannot be kept.
package enum LimitObstacle: Hashable, Sendable {
    case absent
    /// The directory is not this user's.
    case foreign(String)
    case missing(String, [ControlGroup.Controller])
    /// Others than makima's processes are in the group, and what holds processes hands no controllers down.
    case shared(String)
    /// The kernel did not take what was written.
    case refused(String, code: Int32)

    /// A clause without a full stop.
    package var clause: String {
        switch self {
        case .absent: "this machine shows no control groups of version 2"
        case .foreign(let path): "\(path) is not delegated"
        case .missing(let path, let controllers):
            "\(path) offers no limits of \(controllers.map(\.rawValue).joined(separator: ", "))"
        case .shared(let path): "in \(path) there are other processes than makima's"
        case .refused(let path, let code): "\(path) cannot be written: \(String(cString: strerror(code)))"
        }
    }
}

/// Finds ``ControlGroup``.
package struct ControlGroupProbe: Sendable {
    private let read: @Sendable (String) -> String?
    private let isWritable: @Sendable (String) -> Bool
    private let isOwn: @Sendable (Int32) -> Bool

    /// `read` returns the text of a file, `nil` where it cannot be read; `isOwn` tells whether a process is makima or below
    /// it.
    package init(
        read: @escaping @Sendable (String) -> String? = ControlGroupProbe.text,
        isWritable: @escaping @Sendable (String) -> Bool = { access($0, W_OK) == 0 },
        isOwn: @escaping @Sendable (Int32) -> Bool = ControlGroupProbe.isOwn
    ) {
        self.read = read
        self.isWritable = isWritable
        self.isOwn = isOwn
    }

    package func find() -> ControlGroup {
        guard let directory else { return .absent }
        let written = [directory, "\(directory)/cgroup.procs"]
        guard written.allSatisfy(isWritable) else { return .foreign(directory) }
        let handsDown = isWritable("\(directory)/cgroup.subtree_control")
        let offered = words(of: "\(directory)/cgroup.controllers").compactMap(ControlGroup.Controller.init(rawValue:))
        let processes = lines(of: "\(directory)/cgroup.procs").compactMap { Int32($0) }
        return .usable(
            ControlGroup.Place(
                directory: directory,
                offered: handsDown ? Set(offered) : [],
                // The group of all groups has no type.
                isRoot: read("\(directory)/cgroup.type") == nil,
                isShared: !processes.allSatisfy(isOwn)
            )
        )
    }

    private var directory: String? {
        guard let line = lines(of: "/proc/self/cgroup").first(where: { $0.hasPrefix("0::/") }),
            let mount = lines(of: "/proc/self/mountinfo").lazy.compactMap(Mount.init).first
        else { return nil }
        let own = Self.withoutSeat(line.dropFirst(3))
        // In a container the mount may begin below the root of all groups.
        let beneath = mount.root != "/" && own.hasPrefix(mount.root) ? own.dropFirst(mount.root.count) : own
        return beneath.isEmpty || beneath == "/" ? mount.place : mount.place + beneath
    }

    /// The group in which makima was before it moved itself out of the way.
    private static func withoutSeat(_ path: Substring) -> Substring {
        guard let slash = path.lastIndex(of: "/"), let name = GroupName(String(path[path.index(after: slash)...])),
            name.isSeat
        else { return path }
        return slash == path.startIndex ? path[...slash] : path[..<slash]
    }

    private func lines(of path: String) -> [Substring] { (read(path) ?? "").split(separator: "\n") }

    private func words(of path: String) -> [String] {
        (read(path) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    package static func text(_ path: String) -> String? {
        SmallFile.read(path, atMost: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a process is this one, or was started by it or by what it started.
    package static func isOwn(_ pid: Int32) -> Bool {
        var pid = pid
        // Zero is one that has no number here, and the parent of the first.
        while pid > 0 {
            if pid == getpid() { return true }
            guard let facts = ProcessFacts(of: pid) else { return false }
            pid = facts.parent
        }
        return false
    }

    /// Where groups of version 2 are mounted, from a line of `mountinfo`.
    private struct Mount {
        let root: String
        let place: String

        /// Reads `36 35 0:30 ROOT PLACE rw,nosuid … - cgroup2 …`; `nil` for a mount of anything else.
        init?(line: Substring) {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash > 4, words[(dash + 1)...].first == "cgroup2" else {
                return nil
            }
            root = String(words[3])
            place = String(words[4])
        }
    }
}
