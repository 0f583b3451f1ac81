import Domain
import Glibc
import Synchronization
import Wire
import Workspaces

/// Where a task's repository is on this machine, and where in it the work begins.
struct RepositoryPlace: Hashable, Sendable {
    var path: String
    var base: CommitID?
    var branch: String?
}

/// The repositories of a daemon: copies of those that have a URL, and those of this machine that it may work on.
final class RepositoryCache: Sendable {
    private let git: HostGit
    private let directory: String
    private let rules: RepositoryRules
    private let gates = Mutex<[String: SerialGate]>([:])
    /// The copies that were fetched by this process.
    private let fetched = Mutex<Set<String>>([])

    init(git: HostGit, directory: String, rules: RepositoryRules) {
        self.git = git
        self.directory = directory
        self.rules = rules
    }

    /// Finds or gets the repository of a command.
    func place(of spawn: SpawnTask) async throws -> RepositoryPlace {
        switch try ground(at: spawn.targetRepoPath, spawn.repoUrl) {
        case .own(let path): return try await begin(at: path, spawn)
        case .copy(let url):
            do {
                let path = try await fetch(url, [spawn.baseBranch, spawn.targetBranch].compactMap { $0 })
                return try await begin(at: path, spawn)
            } catch let error as WorkspaceError {
                throw Refusal.repository("The repository \(url.text) cannot be got: \(error)")
            }
        }
    }

    /// Which repository a command names, if it may.
    private enum Ground {
        /// Of this machine, without symbolic links.
        case own(String)
        case copy(RepositoryURL)
    }

    private func ground(at path: String?, _ text: String?) throws(Refusal) -> Ground {
        if let path {
            guard let real = realpath(path, nil) else {
                throw .repository("There is no repository at '\(path)' on this machine.")
            }
            defer { free(real) }
            let place = String(cString: real)
            guard rules.allows(path: place) else {
                throw .notAllowed("This daemon's configuration does not allow work on '\(path)'.")
            }
            return .own(place)
        }
        guard let text, let url = RepositoryURL(text) else { throw .repository("The command names no repository.") }
        guard rules.schemes.contains(url.scheme) else {
            throw .notAllowed("This daemon follows no URL that begins with '\(url.scheme.rawValue)'.")
        }
        return .copy(url)
    }

    private func begin(at path: String, _ spawn: SpawnTask) async throws -> RepositoryPlace {
        let revision = spawn.baseSha ?? spawn.patchBaseSha ?? spawn.baseBranch.map { "refs/heads/\($0)" }
        let found: RepositoryReader.Start?
        do {
            found = try await RepositoryReader(git: git).start(at: path, revision: revision)
        } catch let error as WorkspaceError {
            guard case .unknownRevision = error, let branch = spawn.missingBranch else { throw error }
            throw Refusal.repository("\(MissingTargetError(branch))")
        }
        guard let start = found else { throw Refusal.repository("'\(path)' is no repository.") }
        return RepositoryPlace(path: start.path, base: start.base, branch: spawn.baseBranch ?? start.branch)
    }

    // MARK: - Copies

    /// Gets the repository, or what is new in it; one after the other for each URL.
    func fetch(_ url: RepositoryURL, _ branches: [String] = []) async throws -> String {
        let copy = copy(of: url)
        _ = try await gate(of: url).pass { try await copy.fetch(from: self.source(url), following: branches) }
        fetched.withLock { _ = $0.insert(url.text) }
        return copy.path
    }

    /// Gets what is new in the copy that a task goes on in; nothing where the repository is no copy.
    func refresh(_ path: String) async throws {
        guard let name = path.split(separator: "/").last, path.hasSuffix("/repositories/\(name)"),
            let text = try await BareRepository(git: git, path: "\(directory)/\(name)").origin(),
            let url = RepositoryURL(text), copy(of: url).path == "\(directory)/\(name)",
            rules.schemes.contains(url.scheme)
        else { return }
        _ = try await fetch(url)
    }

    private func gate(of url: RepositoryURL) -> SerialGate {
        gates.withLock { gates in
            let gate = gates[url.text] ?? SerialGate()
            gates[url.text] = gate
            return gate
        }
    }

    private func copy(of url: RepositoryURL) -> BareRepository {
        let name = String(SHA256Digest(of: url.text).description.prefix(24))
        return BareRepository(git: git, path: "\(directory)/\(name).git")
    }

    private func source(_ url: RepositoryURL) -> BareRepository.Source {
        BareRepository.Source(url: url.text, protocols: [url.scheme.rawValue], environment: rules.variables)
    }

    // MARK: - Merges

    /// Where the work of several tasks is merged, and whose branch is moved by a push.
    func place(of merge: MergeTasks) throws(Refusal) -> (path: String, remote: IntegrationRemote?) {
        switch try ground(at: merge.targetRepoPath, merge.repoUrl) {
        case .own(let path): return (path, nil)
        case .copy(let url):
            let branch = merge.targetBranch
            let remote = IntegrationRemote {
                _ = try await self.fetch(url, [branch])
            } push: { commit, old in
                try await self.gate(of: url)
                    .pass { try await self.copy(of: url).push(commit, to: branch, from: old, at: self.source(url)) }
            }
            return (copy(of: url).path, remote)
        }
    }

    /// What is told to the server, so that it can send tasks to where their repositories are.
    func known() -> [WireRepository] {
        let copies = fetched.withLock { $0 }.sorted()
            .map { url in
                var repository = WireRepository()
                repository.repoUrl = url
                return repository
            }
        let own = rules.paths
            .map { path in
                var repository = WireRepository()
                repository.path = path
                return repository
            }
        return Array((copies + own).prefix(WireLimits.list))
    }

    // MARK: - Work

    /// Brings work from elsewhere in, from the file that holds it.
    func take(_ patch: WirePatch, in file: String, for task: TaskID, into place: RepositoryPlace) async throws {
        guard let base = CommitID(rawValue: patch.baseSha) else { throw Refusal.patch("Its base is no commit.") }
        guard base == place.base else {
            throw Refusal.patch("The work builds upon \(base.short), and the task begins at another commit.")
        }
        let transfer = WorkTransfer(git: git, repository: place.path)
        switch patch.format {
        case .bundle: try await transfer.takeBundle(file, since: base, for: task)
        case .patch:
            try PlainFile.makeDirectories(directory)
            try await transfer.takePatch(file, since: base, for: task, room: directory)
        }
    }

    func takeWork(ofTask source: TaskID, for task: TaskID, in place: RepositoryPlace) async throws {
        guard try await WorkTransfer(git: git, repository: place.path).takeWork(of: source, for: task) else {
            throw Refusal.patch("The work of task \(source) is not here.")
        }
    }
}

/// Lets one caller in after the other; who is cancelled waits no longer.
final class SerialGate: Sendable {
    private struct State {
        var isTaken = false
        var lastNumber = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())

    func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let entry: Result<Void, any Error>? = state.withLock { state in
                    // Who is cancelled later finds the one that waits.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.isTaken {
                        state.waiting.append((number, continuation))
                        return nil
                    }
                    state.isTaken = true
                    return .success(())
                }
                if let entry { continuation.resume(with: entry) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let place = state.waiting.firstIndex { $0.number == number }
                return place.map { state.waiting.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return CheckedContinuation<Void, any Error>?.none
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}

extension SpawnTask {
    /// The branch that is not there where what it begins at is not; `nil` where it does not begin at the branch it is merged into.
    fileprivate var missingBranch: String? {
        guard baseSha == nil, patchBaseSha == nil, let baseBranch, baseBranch == targetBranch else { return nil }
        return baseBranch
    }
}
