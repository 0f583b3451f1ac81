import Dispatch
import Glibc

/// What files take of the disk.
enum DiskUsage {
    /// So many entries are looked at and no more, whatever an agent makes: what is beyond is not counted.
    private static let mostEntries = 1_000_000

    /// Returns the bytes that everything beneath `folders` takes; symbolic links are not followed, files with several
    /// names count once.
    ///
    /// What cannot be looked into, or is gone by then, takes nothing.
    static func bytes(beneath folders: [String]) async -> Int {
        await total(beneath: folders).bytes
    }

    /// What files take together.
    struct Total: Hashable, Sendable {
        var bytes = 0
        /// The second since 1970 in which one of them was written last; 0 where there is none.
        var newest = 0
    }

    /// As ``bytes(beneath:)``.
    static func total(beneath folders: [String]) async -> Total {
        await withCheckedContinuation { continuation in
            // Reading folders waits for the disk; that must not hold up a thread that tasks run on.
            DispatchQueue.global().async { continuation.resume(returning: count(folders)) }
        }
    }

    private static func count(_ folders: [String]) -> Total {
        var rest = folders.map { Array($0.utf8CString.dropLast()) }
        var known: Set<FileNumber> = []
        var (total, entries) = (Total(), 0)
        while entries < mostEntries, let folder = rest.popLast() {
            visit(folder) { name, status in
                entries += 1
                total.newest = max(total.newest, status.st_mtim.tv_sec)
                if status.st_mode & S_IFMT == S_IFDIR { rest.append(folder + [slash] + name) }
                guard
                    status.st_nlink < 2 || status.st_mode & S_IFMT == S_IFDIR
                        || known.insert(FileNumber(status)).inserted
                else { return }
                total.bytes += Int(status.st_blocks) * 512
            }
        }
        return total
    }

    /// Names are bytes: not all of them are text.
    private static func visit(_ folder: [CChar], _ body: ([CChar], stat) -> Void) {
        let descriptor = open(folder + [0], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) {
                Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
            }
            var status = stat()
            guard name != [dot], name != [dot, dot], fstatat(descriptor, name + [0], &status, AT_SYMLINK_NOFOLLOW) == 0
            else {
                continue
            }
            body(name, status)
        }
    }

    private static let slash = CChar(UInt8(ascii: "/"))
    private static let dot = CChar(UInt8(ascii: "."))

    private struct FileNumber: Hashable {
        var device: dev_t
        var number: ino_t

        init(_ status: stat) {
            device = status.st_dev
            number = status.st_ino
        }
    }
}
