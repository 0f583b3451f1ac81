import Glibc

/// The conversations that an agent of the Agent Client Protocol keeps in its home, in whatever form: a file or a
/// directory is called by the id, or, with Vibe, ends with the first eight characters of it.
struct ACPSessions {
    let directory: String

    /// Whether something of the conversation is there; where it cannot be looked, it is not.
    ///
    /// The agent can do with its home what it likes, so only so much of it is looked at.
    func holds(_ id: String) -> Bool {
        guard id.asSessionID != nil else { return false }
        let end = id.utf8.count >= 32 ? "_" + id.prefix(8) : id
        var places = [(path: directory, depth: 0)]
        var looked = 0
        while let place = places.popLast() {
            for entry in Self.entries(in: place.path) {
                looked += 1
                guard looked <= 20_000 else { return false }
                if entry.name.contains(id) || entry.name.hasSuffix(end) { return true }
                guard entry.isDirectory, place.depth < 5 else { continue }
                places.append((place.path + "/" + entry.name, place.depth + 1))
            }
        }
        return false
    }

    /// Links are not followed.
    private static func entries(in path: String) -> [(name: String, isDirectory: Bool)] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var entries: [(name: String, isDirectory: Bool)] = []
        while entries.count <= 20_000, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            entries.append((name, Int32(entry.pointee.d_type) == Int32(DT_DIR)))
        }
        return entries
    }
}
