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

    /// Copies what changed since the last time, told by size and time, and removes what the host has no more.
    ///
    /// Returns whether the copy now is as the host's files are.
    func refresh() -> Bool {
        guard keep() else { return false }
        return paths.allSatisfy { path in
            let place = self.place(of: path)
            switch path.kind {
            case .directory: return Self.makeDirectories(of: "\(place)/", below: directory)
            case .link(let target): return HostPath.linkTarget(place) == target || link(target, at: place)
            case .file: return isCurrent(path, at: place) || copy(path, to: place) || isGone(path, from: place)
            }
        }
    }

    /// Removes the copies of other sets of paths that no makima has used for a week, and what killed ones left unfinished.
    func removeForgotten() {
        guard keep(), let now = Self.status(directory)?.st_mtim.tv_sec, let slash = directory.lastIndex(of: "/") else {
            return
        }
        let room = String(directory[..<slash])
        for name in HostFolder.names(in: room) where Self.isOfACopy(name) {
            let path = "\(room)/\(name)"
            guard path != directory, let status = Self.status(path), status.st_uid == geteuid(),
                now - status.st_mtim.tv_sec > Self.week
            else { continue }
            Self.remove(path)
        }
    }

    private static let week = 7 * 86400

    /// Makes the directory where it is not there; its time says when it was used last.
    private func keep() -> Bool {
        guard mkdir(directory, 0o755) == 0 || Self.status(directory)?.isDirectory == true else { return false }
        return utimensat(AT_FDCWD, directory, nil, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Whether a file of this name is such a directory, or one of its files that was not finished.
    static func isOfACopy(_ name: String) -> Bool {
        guard name.hasPrefix("etc-") else { return false }
        let parts = name.dropFirst("etc-".count).split(separator: ".", omittingEmptySubsequences: false)
        let isNumbered = parts.prefix(2).allSatisfy { UInt64($0, radix: 16) != nil }
        return isNumbered && (parts.count == 1 || (parts.count == 3 && parts[2] == "new"))
    }

    /// Follows no link.
    private static func remove(_ path: String) {
        guard status(path)?.isDirectory == true else {
            unlink(path)
            return
        }
        for name in HostFolder.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
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
        let new = temporary()
        guard Self.makeDirectories(of: place, below: directory), symlink(target, new) == 0 else { return false }
        return Self.moved(new, to: place)
    }

    /// Whether the host has no such file, and now the copy has none either.
    private func isGone(_ path: HostPath, from place: String) -> Bool {
        guard access(path.path, F_OK) != 0, errno == ENOENT else { return false }
        return unlink(place) == 0 || errno == ENOENT
    }

    /// The time is that of before the reading: what changes meanwhile is copied again.
    private func copy(_ path: HostPath, to place: String) -> Bool {
        var original = stat()
        guard stat(path.path, &original) == 0, Self.makeDirectories(of: place, below: directory),
            original.st_size <= Self.greatest,
            let bytes = SmallFile.read(path.path, atMost: Int(original.st_size) + 1), bytes.count == original.st_size
        else { return false }
        let new = temporary()
        let file = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        let times = [original.st_mtim, original.st_mtim]
        guard Self.write(bytes[...], to: file), futimens(file, times) == 0 else {
            unlink(new)
            return false
        }
        return Self.moved(new, to: place)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func moved(_ new: String, to place: String) -> Bool {
        if rename(new, place) == 0 { return true }
        unlink(new)
        return false
    }

    private static let greatest = 4 << 20

    /// FNV-1a, 64 bits: the same in every process.
    private static func digest(of paths: [HostPath]) -> String {
        let text = paths.map { "\($0.path) \($0.kind)\n" }.joined()
        let digest = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(digest, radix: 16)
    }

    /// Beside the directory, not in it: sandboxes never see what is not finished.
    private func temporary() -> String {
        let number = UInt64.random(in: .min ... .max)
        return "\(directory).\(String(number, radix: 16)).new"
    }

    /// That of the file itself, where it is a link.
    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    /// Makes the directories that lead to `place`.
    private static func makeDirectories(of place: String, below directory: String) -> Bool {
        var end = place.index(place.startIndex, offsetBy: directory.utf8.count + 1)
        while let slash = place[end...].firstIndex(of: "/") {
            let parent = String(place[..<slash])
            guard mkdir(parent, 0o755) == 0 || status(parent)?.isDirectory == true else { return false }
            end = place.index(after: slash)
        }
        return true
    }
}

extension stat {
    fileprivate var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
}
