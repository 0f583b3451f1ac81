import Glibc

/// How the directories of control groups are made and removed: the kernel fills and empties them.
package struct GroupFiles: Sendable {
    /// Returns 0 or an errno.
    package var make: @Sendable (String) -> Int32
    /// Returns 0 or an errno.
    package var remove: @Sendable (String) -> Int32

    package init(make: @escaping @Sendable (String) -> Int32, remove: @escaping @Sendable (String) -> Int32) {
        self.make = make
        self.remove = remove
    }

    package static let kernel = GroupFiles(
        make: { mkdir($0, 0o755) == 0 ? 0 : errno },
        remove: { rmdir($0) == 0 ? 0 : errno }
    )

    /// Writes a file that the kernel has made.
    ///
    /// Returns 0 or an errno.
    static func write(_ text: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count ? 0 : errno
    }

    /// Adds to a file of makima's own; what cannot be added is not told.
    static func append(_ text: String, to path: String) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }

    /// The number after `key` in a file of lines such as `populated 0`.
    static func number(_ key: String, in path: String) -> Int? {
        let text = ControlGroupProbe.text(path) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + " ") }
        return line.flatMap { Int($0.dropFirst(key.utf8.count + 1)) }
    }

    /// The number that a file holds; `nil` also for `max`.
    static func number(in path: String) -> Int? {
        (ControlGroupProbe.text(path)?.split(separator: "\n").first).flatMap { Int($0) }
    }

    /// The numbers of the processes in a group and in those beneath it; 0 is one that has no number here.
    static func processes(in group: String) -> [Int32] {
        let own = (ControlGroupProbe.text("\(group)/cgroup.procs") ?? "").split(separator: "\n")
            .compactMap { Int32($0) }
        return own + groups(in: group).flatMap { processes(in: $0) }
    }

    /// The groups right beneath a group.
    static func groups(in group: String) -> [String] {
        HostFolder.names(in: group).map { "\(group)/\($0)" }
            .filter { path in
                var status = stat()
                return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
    }

    /// Removes a group in which nothing is left, with those beneath it.
    ///
    /// Returns whether it is gone.
    @discardableResult
    func removeTree(_ group: String) -> Bool {
        if [0, ENOENT].contains(remove(group)) { return true }
        for child in Self.groups(in: group) { removeTree(child) }
        return [0, ENOENT].contains(remove(group))
    }
}
