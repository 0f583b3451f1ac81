import Domain
import Glibc
import Processes

/// The user's repository, as far as it can be known without changing it.
struct MainRepository: Sendable {
    let git: HostGit
    /// The path the task names: a work tree or a bare repository.
    let path: String
    /// The git directory of that work tree; for a linked one not the common one.
    let gitDirectory: String
    /// The directory with refs, objects and configuration.
    let commonDirectory: String
    let isBare: Bool
    let isShallow: Bool
    let objectFormat: ObjectFormat
    /// Where objects are, the repository's own store first; without symbolic links.
    let objectDirectories: [String]
    let configuration: UserConfiguration

    /// Runs git on the repository.
    ///
    /// The git directory is named, so nothing is looked for and found.
    func run(
        _ arguments: [String],
        to operation: String,
        input: StandardInput = .none,
        settings: [(String, String)] = [],
        environment: [String: String] = [:]
    ) async throws -> [UInt8] {
        try await git.run(
            invocation(arguments, to: operation, input: input, settings: settings, environment: environment)
        )
    }

    /// Runs git on the repository and returns how it ended.
    func attempt(
        _ arguments: [String],
        to operation: String,
        input: StandardInput = .none,
        settings: [(String, String)] = [],
        environment: [String: String] = [:]
    ) async throws -> CommandResult {
        try await git.attempt(
            invocation(arguments, to: operation, input: input, settings: settings, environment: environment)
        )
    }

    /// Runs git on the repository where it has to reach another machine, and returns how it ended.
    func contact(
        _ arguments: [String],
        to operation: String,
        settings: [(String, String)],
        environment: [String: String],
        patience: Duration
    ) async throws -> CommandResult {
        var call = invocation(arguments, to: operation, settings: settings, environment: environment)
        call.timeout = patience
        return try await git.attempt(call)
    }

    private func invocation(
        _ arguments: [String],
        to operation: String,
        input: StandardInput = .none,
        settings: [(String, String)] = [],
        environment: [String: String] = [:]
    ) -> HostGit.Invocation {
        let own = ["GIT_DIR": gitDirectory].merging(isBare ? [:] : ["GIT_WORK_TREE": path]) { old, _ in old }
        return HostGit.Invocation(
            arguments: arguments,
            directory: path,
            input: input,
            settings: settings,
            environment: own.merging(environment) { _, new in new },
            operation: operation,
            timeout: .seconds(600)
        )
    }

    /// Returns the commit that `revision` names, or `nil` when there is none.
    func commit(_ revision: String) async throws -> CommitID? {
        let result = try await attempt(
            ["rev-parse", "--verify", "--quiet", "\(revision)^{commit}"],
            to: "look up '\(revision)'"
        )
        return result.status.isSuccess ? CommitID(rawValue: GitOutput.line(result.output)) : nil
    }

    /// Returns the tree of a commit, or `nil` when it is not there.
    func tree(of commit: CommitID) async throws -> TreeID? {
        let result = try await attempt(
            ["rev-parse", "--verify", "--quiet", "\(commit)^{tree}"],
            to: "look up a tree"
        )
        return result.status.isSuccess ? TreeID(rawValue: GitOutput.line(result.output)) : nil
    }

    /// Throws unless every object of the base's tree is there: nothing can get it later, inside the sandbox.
    func requireObjects(of base: CommitID) async throws {
        guard configuration.isPartialClone else { return }
        let output = try await run(
            ["rev-list", "--objects", "--no-walk", "--missing=print", base.rawValue],
            to: "list the base's objects"
        )
        let missing = GitOutput.lines(output).count { $0.hasPrefix("?") }
        guard missing > 0 else { return }
        throw WorkspaceError.objectsMissing(
            count: missing,
            command: "git -C \(path) fetch --refetch --no-filter"
        )
    }

    /// How a sandbox shows the objects: at their places, and where the repository was moved and a link stands in its place,
    /// also where `vault` names them.
    func objectBinds(namedIn vault: String) throws(WorkspaceError) -> [SandboxProfile.Bind] {
        let named = GitOutput.lines(try Self.contents("\(vault)/objects/info/alternates"))
        let own = objectDirectories.map { SandboxProfile.Bind($0) }
        guard named.count == own.count else { return own }
        let moved = zip(objectDirectories, named).filter { $0 != $1 && ObjectStores.realPath($1) == $0 }
        return own + moved.map { SandboxProfile.Bind($0, at: $1) }
    }

    /// Returns a file of the git directory's `info`, empty when there is none.
    func info(_ name: String) throws(WorkspaceError) -> [UInt8] {
        try Self.contents("\(commonDirectory)/info/\(name)")
    }

    /// Returns the bytes of a file of the user's, empty when there is none.
    static func contents(_ path: String) throws(WorkspaceError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw .fileSystem(operation: "open", path: path, code: errno)
        }
        defer { close(file) }
        return try Beneath.readAll(file, cap: 16 << 20, path: path) ?? []
    }
}

/// The hash function of a repository's object names.
enum ObjectFormat: String, Hashable, Sendable {
    case sha1
    case sha256

    /// The id of the tree without files, which git knows without having it.
    var emptyTree: TreeID {
        let name =
            switch self {
            case .sha1: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
            case .sha256: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
            }
        guard let tree = TreeID(rawValue: name) else { preconditionFailure("'\(name)' is not an object id") }
        return tree
    }

    /// What git takes for "does not exist".
    var zero: String {
        switch self {
        case .sha1: String(repeating: "0", count: 40)
        case .sha256: String(repeating: "0", count: 64)
        }
    }
}

/// The few values of the user's git configuration that a workspace takes over.
struct UserConfiguration: Hashable, Sendable {
    /// Settings that change what files look like or who commits; none of them can name a program.
    var carried: [Setting] = []
    var identity: Identity?
    /// The path of the user's own ignore file.
    var excludesFile: String?
    var isPartialClone = false
    var isSparse = false
    /// Whether any filter program is configured.
    var hasFilters = false

    struct Setting: Hashable, Sendable {
        var key: String
        var value: String
    }

    struct Identity: Hashable, Sendable {
        var name: String
        var email: String

        /// Who makes checkpoints.
        static let makima = Identity(name: "makima", email: "makima@localhost")
    }
}
