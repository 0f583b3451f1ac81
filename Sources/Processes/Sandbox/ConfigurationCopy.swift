import Glibc

/// A directory that holds the plain files and links of `/etc` which sandboxes see.
///
/// Several makimas may keep the same one up to date: each file is replaced as a whole. What runs in a sandbox sees the
/// change, as it would on the host.
struct ConfigurationCopy: Hashable, Sendable {
    let directory: String

    /// What it is a copy of.
    private let original: String
    private let paths: [HostPath]

    /// All paths are below `original`.
    ///
    /// `room` is where the directory is made; another set of paths gets another directory, so that nothing that the host
    /// has no more stays visible.
    init(of paths: [HostPath], below original: String = "/etc", in room: String) {
        self.paths = paths
        self.original = original
        directory = "\(room)/etc-\(Self.digest(of: paths))"
    }

    /// Copies what changed since the last time, told by size and time.
    ///
    /// Returns whether the copy now is as the host's files are.
    func refresh() -> Bool {
        guard Self.isDirectory(directory) || mkdir(directory, 0o755) == 0 || Self.isDirectory(directory) else {
            return false
        }
        return paths.allSatisfy { path in
            let place = self.place(of: path)
            switch path.kind {
            case .directory: return Self.makeDirectories(of: "\(place)/", below: directory)
            case .link(let target): return HostPath.linkTarget(place) == target || link(target, at: place)
            case .file: return isCurrent(path, at: place) || copy(path, to: place)
            }
        }
    }

    private func place(of path: HostPath) -> String { directory + path.path.dropFirst(original.count) }

    private func isCurrent(_ path: HostPath, at place: String) -> Bool {
        var original = stat()
        var own = stat()
        return stat(path.path, &original) == 0 && lstat(place, &own) == 0 && own.st_mode & S_IFMT == S_IFREG
            && own.st_size == original.st_size && own.st_mtim.tv_sec == original.st_mtim.tv_sec
            && own.st_mtim.tv_nsec == original.st_mtim.tv_nsec
    }

    private func link(_ target: String, at place: String) -> Bool {
        guard Self.makeDirectories(of: place, below: directory) else { return false }
        let new = temporary(place)
        unlink(new)
        return symlink(target, new) == 0 && rename(new, place) == 0
    }

    /// The time is that of before the reading: what changes meanwhile is copied again.
    private func copy(_ path: HostPath, to place: String) -> Bool {
        var original = stat()
        guard stat(path.path, &original) == 0, Self.makeDirectories(of: place, below: directory),
            original.st_size <= Self.greatest,
            let bytes = SmallFile.read(path.path, atMost: Int(original.st_size) + 1), bytes.count == original.st_size
        else { return false }
        let new = temporary(place)
        let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        let times = [original.st_mtim, original.st_mtim]
        return write(file, bytes, bytes.count) == bytes.count && futimens(file, times) == 0
            && rename(new, place) == 0
    }

    private static let greatest = 4 << 20

    /// FNV-1a, 64 bits: the same in every process.
    private static func digest(of paths: [HostPath]) -> String {
        let text = paths.map { "\($0.path) \($0.kind)\n" }.joined()
        let digest = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(digest, radix: 16)
    }

    /// Two makimas do not write the same file at once.
    private func temporary(_ place: String) -> String { "\(place).\(getpid()).new" }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the directories that lead to `place`.
    private static func makeDirectories(of place: String, below directory: String) -> Bool {
        var end = place.index(place.startIndex, offsetBy: directory.utf8.count + 1)
        while let slash = place[end...].firstIndex(of: "/") {
            let parent = String(place[..<slash])
            guard mkdir(parent, 0o755) == 0 || isDirectory(parent) else { return false }
            end = place.index(after: slash)
        }
        return true
    }
}
