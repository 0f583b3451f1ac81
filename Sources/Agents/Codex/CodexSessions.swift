import Glibc

/// The conversations that Codex keeps in its home: `sessions/YEAR/MONTH/DAY/rollout-TIME-ID.jsonl`.
struct CodexSessions {
    let codexHome: String

    /// Whether something of the conversation is there; where it cannot be looked, it is not.
    func holds(_ id: String) -> Bool {
        guard id.asSessionID != nil else { return false }
        let years = Self.folders(in: "\(codexHome)/sessions")
        let days = years.flatMap { Self.folders(in: $0) }.flatMap { Self.folders(in: $0) }
        return days.contains { Self.holds(id, in: $0) }
    }

    private static func holds(_ id: String, in day: String) -> Bool {
        names(in: day)
            .contains { name in
                name.hasPrefix("rollout-") && name.hasSuffix("-\(id).jsonl") && hasContent("\(day)/\(name)")
            }
    }

    /// Those that are named by a number, as years, months and days are.
    private static func folders(in path: String) -> [String] {
        names(in: path).filter { (2...4).contains($0.utf8.count) && $0.allSatisfy(\.isNumber) }.map { "\(path)/\($0)" }
    }

    private static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }

    private static func hasContent(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }
}
