import Glibc

/// The control group (cgroup, version 2) that makima itself is in, by what could be made beneath it.
package enum ControlGroup: Hashable, Sendable {
    /// Groups with every limit can be made beneath this directory.
    case delegated(String)
    /// The directory is not this user's to write to.
    case foreign(String)
    /// The directory does not offer the `missing` controllers.
    case incomplete(String, missing: [String])
    /// This machine has no control groups of version 2, or shows them to nobody here.
    case absent
}

/// Finds ``ControlGroup``.
package struct ControlGroupProbe: Sendable {
    private let read: @Sendable (String) -> String?
    private let isWritable: @Sendable (String) -> Bool

    /// `read` returns the text of a file, `nil` where it cannot be read.
    package init(
        read: @escaping @Sendable (String) -> String? = ControlGroupProbe.text,
        isWritable: @escaping @Sendable (String) -> Bool = { access($0, W_OK) == 0 }
    ) {
        self.read = read
        self.isWritable = isWritable
    }

    package func find() -> ControlGroup {
        guard let directory else { return .absent }
        let offered = words(of: "\(directory)/cgroup.controllers")
        let missing = Self.controllers.filter { !offered.contains($0) }
        guard missing.isEmpty else { return .incomplete(directory, missing: missing) }
        let written = [directory, "\(directory)/cgroup.procs", "\(directory)/cgroup.subtree_control"]
        return written.allSatisfy(isWritable) ? .delegated(directory) : .foreign(directory)
    }

    /// What limits of memory, of processor time and of the number of processes need.
    private static let controllers = ["cpu", "memory", "pids"]

    private var directory: String? {
        guard let own = lines(of: "/proc/self/cgroup").first(where: { $0.hasPrefix("0::/") })?.dropFirst(3),
            let mount = lines(of: "/proc/self/mountinfo").lazy.compactMap(Mount.init).first
        else { return nil }
        // In a container the mount may begin below the root of all groups.
        let beneath = mount.root != "/" && own.hasPrefix(mount.root) ? own.dropFirst(mount.root.count) : own
        return beneath.isEmpty || beneath == "/" ? mount.place : mount.place + beneath
    }

    private func lines(of path: String) -> [Substring] { (read(path) ?? "").split(separator: "\n") }

    private func words(of path: String) -> [String] {
        (read(path) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    package static func text(_ path: String) -> String? {
        SmallFile.read(path, atMost: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
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
