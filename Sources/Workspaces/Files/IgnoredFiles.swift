import Glibc

/// The files of a workspace that git ignores: they are in no checkpoint.
///
/// What programs make anew by themselves, such as `node_modules`, does not count.
package struct IgnoredFiles: Hashable, Sendable {
    package var count = 0
    package var bytes = 0
    /// The first of their paths, at most ``mostNames``; a repository within the workspace ends in `/`.
    package var names: [String] = []

    package static let mostNames = 100

    package init() {}

    package init(count: Int, bytes: Int, names: [String]) {
        self.count = count
        self.bytes = bytes
        self.names = names
    }

    package var isEmpty: Bool { count == 0 }
}

extension IgnoredFiles {
    /// Directories and files that everybody rebuilds, by the names that their programs give them.
    private static let cacheDirectories = [
        "node_modules", "bower_components", "__pycache__", ".venv", "venv", ".tox", ".nox", ".eggs", ".mypy_cache",
        ".pytest_cache", ".ruff_cache", ".build", ".gradle", ".dart_tool", ".next", ".nuxt", ".svelte-kit", ".turbo",
        ".parcel-cache", "DerivedData",
    ]
    private static let cacheFiles = ["*.pyc", "*.o", ".DS_Store"]

    /// Keep git from naming them: there may be very many.
    static let pathspecs =
        cacheDirectories.map { ":(exclude,glob)**/\($0)/**" } + cacheFiles.map { ":(exclude,glob)**/\($0)" }

    /// Weighs what git named in `tree`, apart from directories that their programs have marked as caches.
    init(_ paths: [String], in tree: String) throws(WorkspaceError) {
        let root = try Beneath(tree)
        let caches = try Self.markedCaches(paths, in: root)
        for path in paths.sorted() where !Self.lies(path, in: caches) {
            count += 1
            bytes += Self.bytes(of: path, in: root)
            if names.count < Self.mostNames { names.append(path) }
        }
    }

    private static let tag = "CACHEDIR.TAG"
    /// How such a file has to begin: bford.info/cachedir.
    private static let signature = Array("Signature: 8a477f597d28d172789f06886806bc55".utf8)

    private static func markedCaches(_ paths: [String], in root: borrowing Beneath) throws(WorkspaceError)
        -> Set<Substring>
    {
        var caches: Set<Substring> = []
        for path in paths where path.hasSuffix("/\(tag)") {
            guard try root.read(path, cap: 1 << 16)?.starts(with: signature) == true else { continue }
            caches.insert(path.dropLast(tag.count + 1))
        }
        return caches
    }

    private static func lies(_ path: String, in directories: Set<Substring>) -> Bool {
        guard !directories.isEmpty else { return false }
        return path.indices.contains { path[$0] == "/" && directories.contains(path[..<$0]) }
    }

    /// So many entries of one directory are weighed and no more, whatever an agent made.
    private static let mostEntries = 100_000

    /// Follows no link.
    private static func bytes(of path: String, in root: borrowing Beneath) -> Int {
        var rest = [path.hasSuffix("/") ? String(path.dropLast()) : path]
        var (bytes, entries) = (0, 0)
        while entries < mostEntries, let next = rest.popLast() {
            entries += 1
            guard let status = root.status(of: next) else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                // What cannot be looked into weighs nothing.
                rest += ((try? root.names(in: next)) ?? []).map { "\(next)/\($0)" }
            } else {
                bytes += Int(status.st_size)
            }
        }
        return bytes
    }
}
