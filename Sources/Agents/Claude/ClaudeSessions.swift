import Glibc

/// The conversations that Claude Code keeps in its configuration directory: `projects/DIRECTORY/ID.jsonl`.
struct ClaudeSessions {
    let configurationDirectory: String

    /// Whether something of the conversation is there; where it cannot be looked, it is not.
    func holds(_ id: String) -> Bool {
        let projects = "\(configurationDirectory)/projects"
        guard id.asSessionID != nil, let stream = opendir(projects) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            if Self.hasContent("\(projects)/\(name)/\(id).jsonl") { return true }
        }
        return false
    }

    private static func hasContent(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }
}
