import Domain
import Glibc
import Synchronization
import Wire

/// Files of work on its way to or from this machine: each task's in a directory of its own, and what is to be merged in one for
/// each lane.
final class ParcelStore: Sendable {
    private let directory: String
    /// What is coming in, by its file.
    private let assemblies = Mutex<[String: PatchAssembly]>([:])

    init(directory: String) {
        self.directory = directory
    }

    private func place(_ task: String, _ attempt: Int) -> String { "\(directory)/\(task)/in-\(attempt)" }

    /// No task has this name.
    private var merges: String { "\(directory)/merges" }

    /// The name of a lane and a hash are no paths.
    private func place(lane: String, _ sha256: String) -> String { "\(merges)/\(lane)/\(sha256)" }

    // MARK: - In

    /// Writes a part of work to the disk; one that was there before changes nothing.
    func take(_ command: DeliverPart) throws {
        try PlainFile.makeDirectories("\(directory)/\(command.head.taskId)")
        try take(command.part, to: place(command.head.taskId, command.head.attempt))
    }

    /// The same for work that is to be merged.
    func take(_ command: MergePart) throws {
        try PlainFile.makeDirectories("\(merges)/\(command.lane)")
        try take(command.part, to: place(lane: command.lane, command.part.sha256))
    }

    private func take(_ part: PatchPart, to path: String) throws {
        var assembly = try assemblies.withLock { $0[path] } ?? known(part, at: path)
        if assembly.sha256 != part.sha256 { assembly = PatchAssembly(part) }
        let before = assembly.received
        do {
            let bytes = try assembly.take(part)
            try PlainFile.write(bytes, to: path, at: before)
        } catch let error as WireError {
            assemblies.withLock { $0[path] = nil }
            throw Refusal.patch(error.description)
        }
        assemblies.withLock { $0[path] = assembly }
    }

    /// What of it a former process has written.
    private func known(_ part: PatchPart, at path: String) throws -> PatchAssembly {
        var assembly = PatchAssembly(part)
        guard part.offset > 0 else { return assembly }
        for range in PatchPart.ranges(of: part.offset) {
            var earlier = PatchPart()
            (earlier.sha256, earlier.size, earlier.offset) = (part.sha256, part.size, range.lowerBound)
            earlier.data = try PlainFile.read(path, range)
            guard earlier.data.count == range.count else { throw Refusal.patch("Parts before it are missing.") }
            do throws(WireError) {
                _ = try assembly.take(earlier)
            } catch { throw Refusal.patch(error.description) }
        }
        return assembly
    }

    /// The file with the bytes of `patch`, whose size and hash are right.
    func file(of patch: WirePatch, for held: HeldTask) throws -> String {
        let path = place(held.task.rawValue, held.attempt)
        if let data = patch.data {
            try PlainFile.makeDirectories("\(directory)/\(held.task)")
            try PlainFile.write(data, to: path, at: 0)
        }
        guard try holds(patch, path) else {
            throw Refusal.patch("The work that came before has not the stated size and SHA-256.")
        }
        return path
    }

    /// The same for work that is to be merged; `nil` where it has not come whole.
    func file(of patch: WirePatch, lane: String) throws -> String? {
        let path = place(lane: lane, patch.sha256)
        if let data = patch.data {
            try PlainFile.makeDirectories("\(merges)/\(lane)")
            try PlainFile.write(data, to: path, at: 0)
        }
        return try holds(patch, path) ? path : nil
    }

    private func holds(_ patch: WirePatch, _ path: String) throws -> Bool {
        try PlainFile.size(path) == patch.size && PlainFile.sha256(path) == patch.sha256
    }

    // MARK: - Out

    /// Where the work of a checkpoint is put together.
    func outgoing(_ task: TaskID, _ checkpoint: Int) throws -> String {
        try PlainFile.makeDirectories("\(directory)/\(task)")
        return "\(directory)/\(task)/out-\(checkpoint)"
    }

    func remove(_ path: String) { unlink(path) }

    /// Removes everything of a task, but for what came for `attempt`.
    func drop(_ task: TaskID, butFor attempt: Int? = nil) {
        let root = "\(directory)/\(task)"
        forget(below: root)
        let kept = attempt.map { "in-\($0)" }
        for name in PlainFile.names(in: root) where name != kept && !name.hasPrefix("out-") || attempt == nil {
            unlink("\(root)/\(name)")
        }
        if attempt == nil { rmdir(root) }
    }

    /// Removes what an attempt that is over has left; what comes for a later one comes before it does, and stays.
    func drop(_ task: TaskID, upTo attempt: Int) {
        let root = "\(directory)/\(task)"
        for name in PlainFile.names(in: root) {
            let number = name.hasPrefix("in-") ? Int(name.dropFirst(3)) : nil
            guard number.map({ $0 <= attempt }) ?? name.hasPrefix("out-") else { continue }
            assemblies.withLock { $0["\(root)/\(name)"] = nil }
            unlink("\(root)/\(name)")
        }
    }

    /// Removes what came for merges of a lane.
    func drop(lane: String) {
        let root = "\(merges)/\(lane)"
        forget(below: root)
        for name in PlainFile.names(in: root) { unlink("\(root)/\(name)") }
        rmdir(root)
    }

    /// Removes what came before `time` for merges that have not come; those of lanes that `isOpen` are still to be carried out.
    func dropMerges(before time: Timestamp, butFor isOpen: (String) -> Bool) {
        for lane in PlainFile.names(in: merges) where !isOpen(lane) {
            let root = "\(merges)/\(lane)"
            let files = PlainFile.names(in: root).map { "\(root)/\($0)" }
            if (files + [root]).compactMap(PlainFile.changedAt).allSatisfy({ $0 < time }) { drop(lane: lane) }
        }
    }

    private func forget(below root: String) {
        assemblies.withLock { all in
            for key in all.keys where key.hasPrefix("\(root)/") { all[key] = nil }
        }
    }
}

/// Files of the daemon's own, in which nobody else writes.
enum PlainFile {
    struct Failure: Error, CustomStringConvertible {
        var path: String
        var code: Int32

        init(_ path: String) {
            self.path = path
            code = errno
        }

        var description: String { "'\(path)' cannot be used: \(String(cString: strerror(code)))." }
    }

    /// Makes a directory, and what is missing above it, for its owner only.
    static func makeDirectories(_ path: String) throws(Failure) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Failure(path)
        }
        try makeDirectories(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failure(path) }
    }

    /// Writes `bytes` at `offset`, and nothing behind them; on the disk when it returns.
    static func write(_ bytes: [UInt8], to path: String, at offset: Int) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(path) }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, offset + done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(path) }
            done += count
        }
        guard bytes.isEmpty && offset > 0 || ftruncate(file, offset + bytes.count) == 0, fdatasync(file) == 0 else {
            throw Failure(path)
        }
    }

    /// The bytes of `range`, as far as the file has them.
    static func read(_ path: String, _ range: Range<Int>) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Failure(path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < range.count {
            let count = bytes[done...]
                .withUnsafeMutableBytes {
                    pread(file, $0.baseAddress, $0.count, range.lowerBound + done)
                }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(path) }
            if count == 0 { break }
            done += count
        }
        bytes.removeLast(range.count - done)
        return bytes
    }

    /// `nil` where there is none.
    static func size(_ path: String) throws(Failure) -> Int? {
        var status = stat()
        if lstat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil }
        guard errno == ENOENT || errno == ENOTDIR else { throw Failure(path) }
        return nil
    }

    /// When something was written to it last; `nil` where that cannot be told.
    static func changedAt(_ path: String) -> Timestamp? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let time = status.st_mtim
        return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    static func sha256(_ path: String) throws(Failure) -> String {
        var hasher = SHA256Hasher()
        var offset = 0
        while true {
            let bytes = try read(path, offset..<offset + (1 << 20))
            if bytes.isEmpty { return hasher.finish().description }
            hasher.update(bytes)
            offset += bytes.count
        }
    }

    /// What is in a directory; nothing where it cannot be read.
    static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
