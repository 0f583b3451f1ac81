import Agents
import Domain
import Glibc
import Journal
import Processes
import Synchronization
import TestSupport
import Testing
import Workspaces

@testable import Runner

/// The real service on a real repository, unconfined, with a program that plays Claude Code.
///
/// At its n-th start the program keeps its arguments and its prompt as `starts/n.arguments` and `starts/n.prompt`, and
/// carries out the shell lines of `turns/n`, or of `turns/last`.
struct RunBench {
    let directory = TemporaryDirectory("makima-runner")
    let service: LocalTaskService
    let clock = ManualWallClock()
    private let launcher = PosixSpawnLauncher()
    let journal: SQLiteJournal

    private static let path = "/usr/local/bin:/usr/bin:/bin"

    /// What is waited for comes by `time`.
    init(
        groups: ControlGroups? = nil,
        time: any Clock<Duration> = ContinuousClock(),
        disk: DiskGuard = .off,
        forge: any ForgeGateway = NoForge()
    ) async throws {
        let state = StateDirectory(root: "\(directory.path)/state")
        try state.create()
        for name in ["home", "starts"] { try makeDirectories("\(directory.path)/\(name)") }
        journal = try await SQLiteJournal.open(state.journal)
        let home = "\(directory.path)/home"
        var parts = ServiceParts(
            surroundings: Surroundings(
                clock: time,
                wallClock: clock,
                jitter: { 0 },
                token: { "token" }
            ),
            state: state,
            journal: journal,
            agents: AgentCatalog(
                host: AgentHost(
                    environment: ["PATH": Self.path],
                    home: home,
                    directory: directory.path,
                    executable: "/nonexistent/makima"
                )
            ),
            supervisor: Supervisor(shimPath: Self.shimPath, groups: groups),
            git: HostGit(launcher: launcher, user: UserHome(home: home)),
            sandbox: ProbedSandbox(SandboxProbe(launcher: launcher, path: Self.path)),
            ceiling: { 50 },
            configuredAgents: { [] },
            searchPath: Self.path,
            disk: disk
        )
        parts.forge = forge
        service = LocalTaskService(parts)
        directory.write(Self.program(directory.path), to: "agent", mode: 0o755)
        try await makeRepository()
    }

    /// Chooses what the program does at its n-th start; `nil` is at every later one.
    func turn(_ number: Int?, _ script: String) {
        directory.write(script + "\n", to: "turns/\(number.map(String.init) ?? "last")")
    }

    func spec(_ kind: AgentKind = .claude, _ change: (inout TaskSpec) -> Void = { _ in }) -> TaskSpec {
        var generator = SystemRandomNumberGenerator()
        var spec = TaskSpec(
            id: TaskID(using: &generator),
            name: "parser",
            plan: "Write a parser.",
            repository: RepositorySpec(path: "\(directory.path)/repository", base: nil, baseBranch: "main"),
            agent: AgentConfiguration(name: "player", kind: kind, command: ["\(directory.path)/agent"]),
            completion: .none,
            sandbox: SandboxSpec(mode: .off)
        )
        change(&spec)
        return spec
    }

    /// Runs a new task to its stop.
    func run(
        _ spec: TaskSpec,
        observer: any RunObserver = Witness(),
        stops: StopRequests = StopRequests()
    ) async throws -> TaskRecord {
        let task = try await service.create(try await placed(spec))
        return try await service.run(task.id, observer: observer, stops: stops)
    }

    /// Makes the task known as an earlier makima would have, whatever it is refused for now.
    func make(_ spec: TaskSpec) async throws -> TaskRecord {
        let task = TaskRecord(spec: try await placed(spec), createdAt: clock.now())
        try await journal.insert(task)
        return task
    }

    /// With the commit to begin from.
    private func placed(_ spec: TaskSpec) async throws -> TaskSpec {
        var spec = spec
        let git = HostGit(launcher: launcher, user: UserHome(home: "\(directory.path)/home"))
        spec.repository.base = try await RepositoryReader(git: git).start(at: spec.repository.path, revision: nil)?.base
        return spec
    }

    /// Changes the row of a task that runs, so that its run cannot write it any more.
    func takeAway(_ id: TaskID) async throws {
        var task = try #require(try await journal.task(id))
        let before = task.status
        task.status = .waiting
        #expect(try await journal.update(task, expecting: before))
    }

    func resume(
        _ task: TaskRecord,
        _ request: ResumeRequest = ResumeRequest(),
        observer: any RunObserver = Witness()
    ) async throws -> TaskRecord {
        try await service.resume(task.id, request, observer: observer, stops: StopRequests())
    }

    func account(of agent: AgentConfiguration) -> AgentAccount { service.parts.agents.account(of: agent) }

    func iterations(of task: TaskRecord) async throws -> [IterationRecord] {
        try await journal.iterations(of: task.id)
    }

    func messages(of task: TaskRecord) async throws -> [TaskMessage] {
        try await journal.messages(of: task.id)
    }

    /// What the program was told at its n-th start.
    func prompt(_ number: Int) throws -> String {
        let text = try #require(directory.read("starts/\(number).prompt"), "There was no start \(number).")
        guard text.hasPrefix("{") else { return text }
        let said = try JSONParser.parse(Array(text.utf8))["message"]?["content"]?.string
        return try #require(said, "The program was told '\(text)'.")
    }

    /// The conversation that the program was to go on with at its n-th start.
    func session(_ number: Int) throws -> String? {
        let given = try #require(directory.read("starts/\(number).arguments"), "There was no start \(number).")
        let arguments = given.split(separator: "\n").map(String.init)
        guard let flag = arguments.firstIndex(of: "--resume"), flag + 1 < arguments.count else { return nil }
        return arguments[flag + 1]
    }

    var starts: Int {
        (directory.read("starts/count").flatMap { Int($0.filter(\.isNumber)) }) ?? 0
    }

    /// Runs a line of shell in the person's repository, and returns what it prints.
    @discardableResult
    func shell(_ line: String) async throws -> String {
        let command = Command(
            "/bin/sh",
            ["-ec", line],
            environment: ["PATH": Self.path, "HOME": "\(directory.path)/home", "GIT_CONFIG_NOSYSTEM": "1"],
            directory: "\(directory.path)/repository"
        )
        let result = try await launcher.run(command)
        #expect(result.status.isSuccess, "\(String(decoding: result.errorOutput, as: UTF8.self))")
        return String(decoding: result.output, as: UTF8.self)
    }

    private func makeRepository() async throws {
        directory.write("[user]\n\tname = Ursula\n\temail = ursula@example.com\n", to: "home/.gitconfig")
        directory.write("one\n", to: "repository/a.txt")
        for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "base"]] {
            let command = Command(
                "/usr/bin/git",
                arguments,
                environment: ["PATH": Self.path, "HOME": "\(directory.path)/home", "GIT_CONFIG_NOSYSTEM": "1"],
                directory: "\(directory.path)/repository"
            )
            let result = try await launcher.run(command)
            #expect(result.status.isSuccess, "\(String(decoding: result.errorOutput, as: UTF8.self))")
        }
    }

    private static var shimPath: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "makima-shim" }
        defer { free(path) }
        let program = String(cString: path)
        return String(program[..<(program.lastIndex(of: "/") ?? program.endIndex)]) + "/makima-shim"
    }

    /// `begin ID` begins a conversation and keeps it, `say ID TEXT` ends it with that message, `refuse STATUS` with
    /// such an answer of the service.
    private static func program(_ root: String) -> String {
        """
        #!/bin/sh
        root='\(root)'
        number=$(($(cat "$root/starts/count" 2>/dev/null || echo 0) + 1))
        echo $number > "$root/starts/count"
        printf '%s\\n' "$@" > "$root/starts/$number.arguments"
        case " $* " in *" --input-format "*) head -n 1 ;; *) cat ;; esac > "$root/starts/$number.prompt"
        kept="$CLAUDE_CONFIG_DIR/projects/-workspace"
        begin() {
            mkdir -p "$kept"
            echo '{}' > "$kept/$1.jsonl"
            printf '{"type":"system","subtype":"init","session_id":"%s"}\\n' "$1"
        }
        fill() {
            printf '{"type":"assistant","message":{"id":"m%s","model":"big","content":"x",' $number
            printf '"usage":{"input_tokens":%s}},"session_id":"%s"}\\n' "$2" "$1"
        }
        say() {
            printf '{"type":"result","subtype":"success","is_error":false,"result":"%s","session_id":"%s",' "$2" "$1"
            printf '"modelUsage":{"big":{"contextWindow":1000}}}\\n'
        }
        refuse() {
            printf '{"type":"result","subtype":"success","is_error":true,"api_error_status":%s,' "$1"
            printf '"result":"API Error: %s overloaded_error"}\\n' "$1"
            exit 1
        }
        ready='<COMPLETION_GATE>\\nready: true\\nblockers: []\\n</COMPLETION_GATE>'
        unready='<COMPLETION_GATE>\\nready: false\\nprogress: step '$number'\\nblockers: []\\n</COMPLETION_GATE>'
        work() { echo "$number" >> "work.txt"; }
        if [ -f "$root/turns/$number" ]; then . "$root/turns/$number"; else . "$root/turns/last"; fi

        """
    }
}

/// Keeps what was observed.
final class Witness: RunObserver {
    private let seen = Mutex<[RunNotice]>([])

    var notices: [RunNotice] { seen.withLock { $0 } }

    func observe(_ event: RunEvent) {
        if case .notice(let notice) = event { seen.withLock { $0.append(notice) } }
    }
}
