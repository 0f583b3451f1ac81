import Agents
import Domain
import Fleet
import Glibc
import Journal
import Processes
import Runner
import Synchronization
import TestSupport
import Testing
import Wire
import Workspaces

@testable import Daemon

/// Where a daemon is tried: a directory with its state, a repository and an agent, for several processes.
struct BenchPlace: Sendable {
    let root: String
    static let path = "/usr/local/bin:/usr/bin:/bin"

    var state: StateDirectory { StateDirectory(root: "\(root)/state") }
    var home: String { "\(root)/home" }
    var git: HostGit { HostGit(launcher: PosixSpawnLauncher(), user: UserHome(home: home)) }

    /// The one agent that is configured, with a variable whose value nobody is to send.
    var player: AgentConfiguration {
        AgentConfiguration(
            name: "player",
            kind: .command,
            command: ["\(root)/agent"],
            environment: ["PLAYER_COLOUR": "teal"]
        )
    }

    private func service(_ tasks: SQLiteJournal) -> ServiceParts {
        let launcher = PosixSpawnLauncher()
        return ServiceParts(
            surroundings: Surroundings(
                clock: ContinuousClock(),
                wallClock: ManualWallClock(),
                jitter: { 0 },
                token: { (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined() }
            ),
            state: state,
            journal: tasks,
            agents: AgentCatalog(
                host: AgentHost(
                    environment: ["PATH": Self.path],
                    home: home,
                    directory: root,
                    executable: "/nonexistent/makima"
                )
            ),
            supervisor: Supervisor(shimPath: Self.shimPath, groups: nil),
            git: HostGit(launcher: launcher, user: UserHome(home: home)),
            sandbox: ProbedSandbox(SandboxProbe(launcher: launcher, path: Self.path)),
            ceiling: { 50 },
            configuredAgents: { [player] },
            searchPath: Self.path
        )
    }

    func parts(
        _ tasks: SQLiteJournal,
        _ transport: any DaemonTransport,
        fault: @escaping @Sendable (String) throws -> Void = { _ in },
        _ change: (inout DaemonSettings) -> Void = { _ in }
    ) async throws -> DaemonParts {
        var settings = DaemonSettings(name: "bench", makimaVersion: "1", platform: "linux-x86_64") {
            var defaults = TaskDefaults()
            defaults.sandbox = SandboxSpec(mode: .off)
            defaults.agents = [player]
            return defaults
        }
        settings.pace = .milliseconds(20)
        settings.link.backOff.first = .milliseconds(10)
        settings.repositories.paths = ["\(root)/repository"]
        settings.repositories.schemes = [.file]
        change(&settings)
        let service = service(tasks)
        let journal = try await journal(fault: fault)
        return DaemonParts(
            settings: settings,
            service: service,
            journal: journal,
            transport: transport,
            machineTime: Self.machineTime
        )
    }

    func journal(fault: @escaping @Sendable (String) throws -> Void = { _ in }) async throws -> DaemonJournal {
        try await DaemonJournal.open(
            "\(state.root)/daemon.sqlite",
            makeToken: { "t\(UInt64.random(in: 0 ... .max))" },
            fault: fault
        )
    }

    /// The machine's own, which several processes can compare.
    static func machineTime() -> MachineTime {
        let text = SmallFile.read("/proc/uptime", atMost: 100).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let seconds = text.split(separator: " ").first.flatMap { Double($0) } ?? 0
        return MachineTime(boot: "boot", milliseconds: Int64(seconds * 1000))
    }

    private static var shimPath: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "makima-shim" }
        defer { free(path) }
        let program = String(cString: path)
        return String(program[..<(program.lastIndex(of: "/") ?? program.endIndex)]) + "/makima-shim"
    }
}

/// A daemon with the real runner on a real repository, unconfined, against a server in memory.
///
/// The agent is a program that carries out the shell lines of `turns/n` at its n-th start, or of `turns/last`.
final class DaemonBench: Sendable {
    let directory = TemporaryDirectory("makima-daemon")
    let server = FakeServer()
    let place: BenchPlace
    let tasks: SQLiteJournal
    let events = Mutex<[DaemonEvent]>([])

    init() async throws {
        place = BenchPlace(root: directory.path)
        try place.state.create()
        for name in ["home", "starts", "turns"] { try makeDirectories("\(directory.path)/\(name)") }
        tasks = try await SQLiteJournal.open(place.state.journal)
        directory.write(Self.program(directory.path), to: "agent", mode: 0o755)
        directory.write("[user]\n\tname = Ursula\n\temail = ursula@example.com\n", to: "home/.gitconfig")
        directory.write("one\n", to: "repository/a.txt")
        try await shell("git init -q -b main && git add -A && git commit -q -m base")
    }

    /// Runs a daemon while `body` runs.
    func withDaemon(
        _ trial: Trial = Trial(),
        _ body: (MakimaDaemon) async throws -> Void
    ) async throws {
        var parts = try await place.parts(tasks, server, fault: trial.fault, trial.change)
        parts.tell = { event in self.events.withLock { $0.append(event) } }
        let daemon = MakimaDaemon(parts)
        let stops = StopRequests()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await daemon.run(stops: stops) }
            defer { stops.request() }
            try await body(daemon)
            stops.request()
            try await group.waitForAll()
        }
    }

    /// How a daemon differs from the usual one.
    struct Trial {
        var change: (inout DaemonSettings) -> Void = { _ in }
        var fault: @Sendable (String) throws -> Void = { _ in }
    }

    /// Chooses what the program does at its n-th start; `nil` is at every later one.
    func turn(_ number: Int?, _ script: String) {
        directory.write(script + "\n", to: "turns/\(number.map(String.init) ?? "last")")
    }

    var starts: Int { (directory.read("starts/count").flatMap { Int($0.filter(\.isNumber)) }) ?? 0 }

    func spec(_ change: (inout TaskSpec) -> Void = { _ in }) -> TaskSpec {
        var generator = SystemRandomNumberGenerator()
        var spec = TaskSpec(
            id: TaskID(using: &generator),
            name: "parser",
            plan: "Write a parser.",
            repository: RepositorySpec(path: "\(directory.path)/repository", base: nil, baseBranch: "main"),
            agent: AgentConfiguration(name: "player", kind: .command, command: ["\(directory.path)/agent"]),
            sandbox: SandboxSpec(mode: .off)
        )
        change(&spec)
        return spec
    }

    func spawn(_ spec: TaskSpec, attempt: Int = 1, _ change: (inout SpawnTask) -> Void = { _ in }) -> ToDaemon {
        var spawn = SpawnTask(spec, command: "spawn-\(spec.id)-\(attempt)", attempt: attempt)
        change(&spawn)
        return .spawnTask(spawn)
    }

    /// Runs a line of shell in the repository, and returns what it prints.
    @discardableResult
    func shell(_ line: String, in folder: String = "repository") async throws -> String {
        let command = Command(
            "/bin/sh",
            ["-ec", line],
            environment: ["PATH": BenchPlace.path, "HOME": place.home, "GIT_CONFIG_NOSYSTEM": "1"],
            directory: "\(directory.path)/\(folder)"
        )
        let result = try await PosixSpawnLauncher().run(command)
        #expect(result.status.isSuccess, "\(line): \(String(decoding: result.errorOutput, as: UTF8.self))")
        return String(decoding: result.output, as: UTF8.self)
    }

    private static func program(_ root: String) -> String {
        """
        #!/bin/sh
        root='\(root)'
        number=$(($(cat "$root/starts/count" 2>/dev/null || echo 0) + 1))
        echo $number > "$root/starts/count"
        cat > "$root/starts/$number.prompt"
        gate() { printf '<COMPLETION_GATE>\\nready: %s\\nblockers: []\\n</COMPLETION_GATE>\\n' "$1"; }
        work() { echo "$number" >> work.txt; }
        await() { while [ ! -e "$root/$1" ]; do sleep 0.02; done; }
        if [ -f "$root/turns/$number" ]; then . "$root/turns/$number"; else . "$root/turns/last"; fi

        """
    }
}

extension SpawnTask {
    var command: ToDaemon { .spawnTask(self) }
}
