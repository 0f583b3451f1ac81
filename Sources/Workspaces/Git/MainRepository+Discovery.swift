import Domain
import Glibc
import Processes
import Synchronization

extension MainRepository {
    /// Finds out what is needed about the repository at `path`.
    static func discover(_ path: String, git: HostGit) async throws -> MainRepository {
        if let known = git.repositories?.repository(at: path) { return known }
        guard path.hasPrefix("/") else {
            throw WorkspaceError.notARepository(path: path, detail: "the path is not absolute")
        }
        // Git could not even be started in it, which would say nothing about the repository.
        var status = stat()
        guard stat(path, &status) == 0 || errno != ENOENT else {
            throw WorkspaceError.notARepository(path: path, detail: "there is nothing at this path")
        }
        var git = git
        // Else the memory would hold itself.
        let memory = git.repositories
        git.repositories = nil
        let environment = looksBare(path) ? ["GIT_DIR": path] : [:]
        var answer = try await revParse(questions, at: path, environment, git)
        if isOwnershipRefusal(answer) {
            git.trustedDirectories = try await safeDirectories(git)
            answer = try await revParse(questions, at: path, environment, git)
        }
        guard answer.status.isSuccess else { throw refusal(answer, path: path) }
        var fields = GitOutput.line(answer.output).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        if fields.count != questions.count {
            // A path with line breaks in it.
            fields = Array(fields.prefix(3))
            for question in questions.suffix(2) {
                let directory = try await revParse([question], at: path, environment, git)
                guard directory.status.isSuccess else { throw refusal(directory, path: path) }
                fields.append(GitOutput.line(directory.output))
            }
        }
        let main = try await make(path: path, fields: fields, git: git)
        memory?.remember(main)
        return main
    }

    private static let questions = [
        "--is-bare-repository", "--is-shallow-repository", "--show-object-format", "--git-dir", "--git-common-dir",
    ]

    private static func make(path: String, fields: [String], git: HostGit) async throws -> MainRepository {
        guard fields.count == questions.count, let format = ObjectFormat(rawValue: fields[2]) else {
            throw WorkspaceError.notARepository(path: path, detail: "its object format is not supported")
        }
        return MainRepository(
            git: git,
            path: path,
            gitDirectory: fields[3],
            commonDirectory: fields[4],
            isBare: fields[0] == "true",
            isShallow: fields[1] == "true",
            objectFormat: format,
            objectDirectories: try ObjectStores.all(from: "\(fields[4])/objects"),
            configuration: try await UserConfiguration.read(at: path, git: git)
        )
    }

    private static func revParse(
        _ arguments: [String],
        at path: String,
        _ environment: [String: String],
        _ git: HostGit
    ) async throws -> CommandResult {
        try await git.attempt(
            HostGit.Invocation(
                arguments: ["rev-parse", "--path-format=absolute"] + arguments,
                directory: path,
                environment: environment,
                operation: "look at the repository"
            )
        )
    }

    /// A bare repository is used only where the task names it itself, never where git would happen upon one.
    private static func looksBare(_ path: String) -> Bool {
        var status = stat()
        return lstat("\(path)/.git", &status) != 0 && lstat("\(path)/HEAD", &status) == 0
            && lstat("\(path)/objects", &status) == 0
    }

    private static func isOwnershipRefusal(_ result: CommandResult) -> Bool {
        !result.status.isSuccess && GitOutput.message(result).contains("dubious ownership")
    }

    private static func refusal(_ result: CommandResult, path: String) -> WorkspaceError {
        isOwnershipRefusal(result)
            ? .foreignOwner(path: path) : .notARepository(path: path, detail: GitOutput.message(result))
    }

    /// Outside of any repository only the user's and the system's own configuration is read.
    private static func safeDirectories(_ git: HostGit) async throws -> [String] {
        let result = try await git.userConfiguration(["-z", "--get-all", "safe.directory"], in: "/")
        return GitOutput.records(result.output)
    }
}

/// Repositories that were looked at, by the path that was asked for.
final class RepositoryMemory: Sendable {
    private let found = Mutex<[String: MainRepository]>([:])

    func repository(at path: String) -> MainRepository? { found.withLock { $0[path] } }

    func remember(_ repository: MainRepository) { found.withLock { $0[repository.path] = repository } }
}

/// Directories with git objects.
enum ObjectStores {
    /// Returns the store at `path` and all that it borrows from, without symbolic links, each once.
    static func all(from path: String) throws(WorkspaceError) -> [String] {
        var found: [String] = []
        var pending = [path]
        while let next = pending.popLast() {
            guard let store = realPath(next), !found.contains(store) else { continue }
            found.append(store)
            let text = String(decoding: try MainRepository.contents("\(store)/info/alternates"), as: UTF8.self)
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                pending.append(line.hasPrefix("/") ? String(line) : "\(store)/\(line)")
            }
        }
        guard !found.isEmpty else { throw .fileSystem(operation: "open", path: path, code: ENOENT) }
        return found
    }

    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension UserConfiguration {
    /// Reads the effective values: the user's own files count as well as the repository's.
    static func read(at path: String, git: HostGit) async throws -> UserConfiguration {
        let result = try await git.userConfiguration(["-z", "--get-regexp", pattern], in: path)
        // Status 1 means that nothing matches.
        guard result.status.isSuccess || result.status == .code(1) else {
            throw WorkspaceError.gitFailed(
                operation: "read the configuration",
                status: result.status,
                message: GitOutput.message(result)
            )
        }
        var configuration = UserConfiguration()
        var values: [String: String] = [:]
        for record in GitOutput.records(result.output) {
            let parts = record.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            // A key without a value means true.
            values[String(parts[0])] = parts.count > 1 ? String(parts[1]) : "true"
        }
        configuration.take(values, home: git.user)
        return configuration
    }

    private mutating func take(_ values: [String: String], home: UserHome) {
        carried = values.keys.sorted().filter { Self.isCarried($0) }
            .map { Setting(key: $0, value: values[$0] ?? "") }
        if let name = values["user.name"], let email = values["user.email"], !name.isEmpty {
            identity = Identity(name: name, email: email)
        }
        excludesFile = values["core.excludesfile"].map { Self.expand($0, home: home) } ?? Self.defaultExcludes(home)
        isSparse = Self.isTrue(values["core.sparsecheckout"])
        isPartialClone =
            values["extensions.partialclone"] != nil || values.keys.contains { $0.hasSuffix(".promisor") }
        hasFilters = values.keys.contains { $0.hasPrefix("filter.") }
    }

    private static let coreNames = [
        "autocrlf", "eol", "filemode", "ignorecase", "symlinks", "quotepath", "precomposeunicode",
        "sparsecheckout", "sparsecheckoutcone",
    ]
    private static let pattern =
        "^(user\\.(name|email)|core\\.(excludesfile|\(coreNames.joined(separator: "|")))|i18n\\.[a-z]*"
        + "|extensions\\.partialclone|remote\\..*\\.promisor|filter\\..*\\.(smudge|process))$"

    private static func isCarried(_ key: String) -> Bool {
        key.hasPrefix("i18n.") || key == "user.name" || key == "user.email"
            || coreNames.contains { key == "core.\($0)" }
    }

    private static func isTrue(_ value: String?) -> Bool {
        ["true", "yes", "on", "1"].contains(value?.lowercased() ?? "")
    }

    private static func expand(_ path: String, home: UserHome) -> String {
        path.hasPrefix("~/") ? home.home + path.dropFirst(1) : path
    }

    private static func defaultExcludes(_ home: UserHome) -> String {
        "\(home.configurationHome ?? "\(home.home)/.config")/git/ignore"
    }
}
