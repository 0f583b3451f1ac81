import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Agents

/// How programs are asked for their versions, with scripts in their place.
struct VersionProbeTests {
    private let directory = TemporaryDirectory()

    private func agent(_ name: String, _ script: String) -> AgentConfiguration {
        let path = directory.write("#!/bin/sh\n\(script)\n", to: "\(name)/claude", mode: 0o755)
        return AgentConfiguration(name: name, kind: .claude, command: [path])
    }

    private func ask(_ agents: [AgentConfiguration], patience: Duration = .seconds(60)) async -> [VersionProbe.Answer?]
    {
        let host = AgentHost(
            environment: ["PATH": "/usr/bin:/bin"],
            home: directory.path,
            directory: directory.path,
            executable: "/nonexistent/makima"
        )
        let probe = VersionProbe(host: host, launcher: PosixSpawnLauncher(), sandbox: NoSandbox(), patience: patience)
        return await probe.ask(agents)
    }

    private func version(_ answer: VersionProbe.Answer?) -> String? {
        guard case .version(let version, _) = answer else { return nil }
        return version.description
    }

    /// Each waits until the other has begun.
    @Test func allAreAskedAtOnce() async {
        for name in ["one", "other"] { mkfifo("\(directory.path)/\(name)-began", 0o600) }
        let one = agent("one", "echo >\(directory.path)/one-began; read x <\(directory.path)/other-began; echo 2.1.3")
        let other = agent(
            "other",
            "read x <\(directory.path)/one-began; echo >\(directory.path)/other-began; echo 2.1.4"
        )
        let answers = await ask([one, other])
        #expect(answers.map(version) == ["2.1.3", "2.1.4"])
    }

    @Test func whoeverDoesNotAnswerIsNamed() async {
        let answers = await ask([agent("slow", "sleep 1000")], patience: .milliseconds(300))
        #expect(answers == [.unknown("It did not tell its version within 0.3 s.")])
    }

    @Test func whatIsNotThereIsNotAsked() async {
        let missing = AgentConfiguration(name: "gone", kind: .claude, command: ["/nonexistent/claude"])
        #expect(await ask([missing]) == [nil])
        #expect(await ask([]).isEmpty)
    }
}
