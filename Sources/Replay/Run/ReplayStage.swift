import Agents
import Domain
import FoundationEssentials
import Glibc
import Journal
import Processes
import Runner
import Workspaces

/// What all plays of one process share: makima's parts as they are, and whether the machine has a sandbox.
package struct ReplayStage: Sendable {
    static let searchPath = "/usr/local/bin:/usr/bin:/bin"

    let launcher: PosixSpawnLauncher
    let sandboxMode: SandboxMode
    private let supervisor: Supervisor
    private let sandbox: ProbedSandbox

    /// Finds out whether bubblewrap works here; without it agents are played unconfined.
    ///
    /// `shim` is the path of makima's shim.
    package init(shim: String, confines: Bool = true) async {
        let loop = EventLoop()
        launcher = PosixSpawnLauncher(loop: loop)
        let probe = SandboxProbe(launcher: launcher, path: Self.searchPath)
        if confines, case .available = await probe.availability() { sandboxMode = .auto } else { sandboxMode = .off }
        sandbox = ProbedSandbox(probe)
        supervisor = Supervisor(shimPath: shim, loop: loop)
    }

    /// The shim that was built with this program.
    package static var builtShim: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "makima-shim" }
        defer { free(path) }
        let executable = String(cString: path)
        return String(executable[..<(executable.lastIndex(of: "/") ?? executable.endIndex)]) + "/makima-shim"
    }

    package var isConfining: Bool { sandboxMode != .off }

    var git: HostGit { git(home: "/nonexistent") }

    private func git(home: String) -> HostGit {
        HostGit.found(in: Self.searchPath, launcher: launcher, user: UserHome(home: home))
    }

    /// makima's own service, with the time of the play and nothing of the user's.
    func service(for scenario: Scenario, in playground: Playground, clock: ReplayClock) async throws -> LocalTaskService
    {
        let state = StateDirectory(root: playground.state)
        try state.create()
        try playground.makeDirectory("home")
        let own = [
            "PATH": Self.searchPath, "HOME": playground.home, "LANG": "C.UTF-8",
            "TZ": scenario.clock?.zoneName ?? "UTC",
        ]
        let host = AgentHost(
            environment: own.merging(scenario.environment) { _, given in given },
            home: playground.home,
            directory: playground.path,
            executable: "/nonexistent/makima"
        )
        let ceiling = scenario.limits.ceiling ?? LoopLimits().ceiling
        return LocalTaskService(
            ServiceParts(
                surroundings: Surroundings(
                    clock: clock,
                    wallClock: ReplayWallClock(clock: clock),
                    jitter: { 0.5 },
                    token: { "replayed" }
                ),
                state: state,
                journal: try await SQLiteJournal.open(state.journal),
                agents: AgentCatalog(host: host),
                supervisor: supervisor,
                git: git(home: playground.home),
                sandbox: sandbox,
                ceiling: { ceiling },
                configuredAgents: { [] },
                searchPath: Self.searchPath
            )
        )
    }
}
