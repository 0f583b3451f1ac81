import Glibc
import Processes

/// Copies ignored files of the user's checkout, such as local settings, into a new workspace.
///
/// Which ones is said by the task's patterns and by `.worktreeinclude` at the root of the checkout, in the language of
/// `.gitignore`. Only files that git ignores are taken: the others come with the base or with the user's changes.
struct IgnoredFileCopy {
    let main: MainRepository
    let patterns: [String]
    /// Bytes of all files together.
    let cap: Int

    static let includeFile = ".worktreeinclude"

    /// Copies into `tree` and returns the paths.
    func run(into tree: String) async throws -> [String] {
        if main.isBare { return [] }
        let rules = try allRules()
        if rules.isEmpty { return [] }
        let paths = try await ignoredPaths(matching: rules)
        if paths.isEmpty { return [] }
        let source = try Beneath(main.path)
        let target = try Beneath(tree)
        var rest = cap
        for path in paths { rest -= try copy(path, from: source, to: target, cap: rest) }
        return paths
    }

    private func allRules() throws(WorkspaceError) -> [String] {
        for pattern in patterns where pattern.hasPrefix("/") || Self.climbs(pattern) || pattern.contains("\n") {
            throw .copyRefused(path: pattern, .outsideRepository)
        }
        let file = try Beneath(main.path).read(Self.includeFile, cap: 1 << 20) ?? []
        let included = GitOutput.lines(file)
        for pattern in included where Self.climbs(pattern) {
            throw .copyRefused(path: pattern, .outsideRepository)
        }
        return included + patterns
    }

    private static func climbs(_ pattern: String) -> Bool {
        pattern.split(separator: "/").contains { $0 == ".." }
    }

    private func ignoredPaths(matching rules: [String]) async throws -> [String] {
        let arguments = rules.map { "--exclude=\($0)" }
        let matching = try await main.run(
            ["ls-files", "-z", "--others", "--ignored"] + arguments,
            to: "list files to copy"
        )
        if matching.isEmpty { return [] }
        let settings = main.configuration.excludesFile.map { [("core.excludesFile", $0)] } ?? []
        let ignored = try await main.attempt(
            ["check-ignore", "-z", "--stdin"],
            to: "list ignored files",
            input: .bytes(matching),
            settings: settings
        )
        // Status 1 means that none is ignored.
        guard ignored.status.isSuccess || ignored.status == .code(1) else {
            throw WorkspaceError.gitFailed(
                operation: "list ignored files",
                status: ignored.status,
                message: GitOutput.message(ignored)
            )
        }
        return GitOutput.records(ignored.output)
    }

    private func copy(
        _ path: String,
        from source: borrowing Beneath,
        to target: borrowing Beneath,
        cap: Int
    ) throws(WorkspaceError) -> Int {
        let input = try source.openFile(path)
        defer { close(input) }
        var status = stat()
        guard fstat(input, &status) == 0 else { throw .fileSystem(operation: "open", path: path, code: errno) }
        guard status.st_nlink == 1 else { throw .copyRefused(path: path, .hardLinked) }
        guard status.st_size <= cap else { throw .copyRefused(path: path, .tooLarge) }
        let output = try target.createFile(path, mode: status.st_mode & 0o777)
        defer { close(output) }
        guard let count = try FileTree.copyBytes(from: input, to: output, cap: cap, path: path) else {
            throw .copyRefused(path: path, .tooLarge)
        }
        return count
    }
}
