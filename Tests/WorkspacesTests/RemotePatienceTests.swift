import Domain
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Workspaces

/// What git is told before it talks to another machine.
struct RemotePatienceTests {
    /// Runs what it is given, and remembers it.
    private final class Recorder: CommandLauncher {
        private let launcher = PosixSpawnLauncher()
        private let seen = Mutex<[Command]>([])

        /// The settings of the first start of git that had `verb`; the last value of each holds.
        func settings(of verb: String) -> [String: String] {
            let command = seen.withLock(\.self).first { $0.arguments.first == verb }
            let variables = command?.environment ?? [:]
            var settings: [String: String] = [:]
            for index in 0..<(variables["GIT_CONFIG_COUNT"].flatMap { Int($0) } ?? 0) {
                guard let key = variables["GIT_CONFIG_KEY_\(index)"] else { continue }
                settings[key.lowercased()] = variables["GIT_CONFIG_VALUE_\(index)"]
            }
            return settings
        }

        func run(_ command: Command, patience: Patience, outputCap: Int) async throws -> CommandResult {
            seen.withLock { $0.append(command) }
            return try await launcher.run(command, patience: patience, outputCap: outputCap)
        }

        func start(_ command: Command, channels: Int, errorOutput: String) async throws -> Coprocess {
            try await launcher.start(command, channels: channels, errorOutput: errorOutput)
        }
    }

    private let directory = TemporaryDirectory()
    private let recorder = Recorder()

    private var git: HostGit { HostGit(launcher: recorder, user: UserHome(home: directory.path)) }

    private func expectPatience(_ settings: [String: String], silence: String = "120") {
        #expect(settings["http.lowspeedlimit"] == "1")
        #expect(settings["http.lowspeedtime"] == silence)
        let ssh = settings["core.sshcommand"]?.split(separator: " ") ?? []
        #expect(ssh.first == "ssh")
        for option in ["-oConnectTimeout=30", "-oServerAliveInterval=15", "-oServerAliveCountMax=4"] {
            #expect(ssh.contains(Substring(option)))
        }
    }

    @Test func aCopyOfARepositoryIsNotWaitedForWithoutEnd() async throws {
        let source = BareRepository.Source(url: "\(directory.path)/nothing", protocols: ["file"])
        await #expect(throws: WorkspaceError.self) {
            _ = try await BareRepository(git: git, path: "\(directory.path)/copy.git")
                .fetch(from: source, following: [])
        }
        expectPatience(recorder.settings(of: "ls-remote"))
    }

    @Test func aRemoteOfTheUsersIsNotWaitedForWithoutEndAndTheirWordHolds() async throws {
        directory.write("[http]\n\tlowSpeedTime = 7\n", to: ".gitconfig")
        let made = try await PosixSpawnLauncher()
            .run(Command("/usr/bin/git", ["init", "-q", directory.path], environment: ["HOME": directory.path]))
        #expect(made.status.isSuccess)
        let remote = RemoteRepository(
            git: git,
            repository: directory.path,
            variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        )
        await #expect(throws: PushFailure.self) { _ = try await remote.tip(of: "main", at: "nowhere") }
        expectPatience(recorder.settings(of: "ls-remote"), silence: "7")
    }
}
