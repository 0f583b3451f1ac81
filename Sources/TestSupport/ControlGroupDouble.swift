import Glibc

/// A folder with the files that the kernel gives to a control group, where there is no real one to be had: what is written
/// is kept, and nothing is limited.
package final class ControlGroupDouble: Sendable {
    private let directory = TemporaryDirectory("makima-cgroup")
    /// What each new group's files hold, by name.
    private let contents: [String: String]

    /// `processes` are those that are in it already.
    package init(processes: String = "", contents: [String: String] = [:]) {
        self.contents = contents
        for name in ["cgroup.procs", "cgroup.subtree_control"] { directory.write("", to: "own/\(name)") }
        directory.write(processes, to: "own/cgroup.procs")
    }

    /// The group that makima is in.
    package var path: String { "\(directory.path)/own" }

    package func read(_ name: String) -> String? { directory.read("own/\(name)") }

    /// The names of the groups beneath.
    package var groups: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name.hasPrefix("makima-") { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a group as the kernel does; who was in the one above is taken for moved by then.
    ///
    /// Returns 0 or an errno.
    package func make(_ path: String) -> Int32 {
        guard mkdir(path, 0o755) == 0 else { return errno }
        let name = path.dropFirst(directory.path.utf8.count + 1)
        var files = [
            "cgroup.procs": "", "cgroup.kill": "", "cgroup.events": "populated 0\nfrozen 0\n", "memory.max": "max\n",
            "memory.swap.max": "max\n", "memory.oom.group": "0\n", "cpu.max": "max 100000\n", "pids.max": "max\n",
        ]
        files.merge(contents) { _, own in own }
        for (file, text) in files { directory.write(text, to: "\(name)/\(file)") }
        if path.hasSuffix("-0") { directory.write("", to: "own/cgroup.procs") }
        return 0
    }

    /// Removes a group as the kernel does, but keeps its files aside.
    ///
    /// Returns 0 or an errno.
    package func remove(_ path: String) -> Int32 {
        guard TestFiles.exists(path) else { return ENOENT }
        return rename(path, "\(directory.path)/removed-\(path.split(separator: "/").last ?? "")") == 0 ? 0 : errno
    }

    /// A file of a group that was removed.
    package func readRemoved(_ group: String, _ name: String) -> String? { directory.read("removed-\(group)/\(name)") }

    /// The names of the groups that were removed.
    package var removed: [String] {
        guard let stream = opendir(directory.path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name.hasPrefix("removed-") { names.append(String(name.dropFirst(8))) }
        }
        return names.sorted()
    }
}
