import Glibc

/// Lets go a git that waits for a FIFO which an agent put where git expects a file.
///
/// Opening a FIFO for reading waits until somebody opens it for writing, and git opens some files of every tree without
/// looking what they are. Whoever waits gets an empty file. FIFOs of any other name may be in use by the agent itself.
struct BlockedReads {
    /// The agent's files on the host, and its git directory, in which every FIFO is out of place.
    let tree: String
    let agentGit: String

    private static let rules: Set<String> = [".gitignore", ".gitattributes", ".gitmodules"]
    private static let maxDepth = 128

    func release() {
        Self.release(in: tree) { Self.rules.contains($0) }
        Self.release(in: agentGit) { _ in true }
    }

    private static func release(in directory: String, _ isMeant: (String) -> Bool) {
        let root = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard root >= 0 else { return }
        release(in: root, depth: 0, isMeant)
    }

    /// Closes `directory`.
    private static func release(in directory: Int32, depth: Int, _ isMeant: (String) -> Bool) {
        guard let stream = fdopendir(directory) else {
            close(directory)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            switch Int32(entry.pointee.d_type) {
            case Int32(DT_FIFO) where isMeant(name): release(name, in: directory)
            case Int32(DT_DIR) where name != "." && name != ".." && depth < maxDepth:
                let child = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
                if child >= 0 { release(in: child, depth: depth + 1, isMeant) }
            default: break
            }
        }
    }

    private static func release(_ name: String, in directory: Int32) {
        // Without a reader it fails at once: nobody waits.
        let writer = openat(directory, name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0)
        if writer >= 0 { close(writer) }
    }
}
