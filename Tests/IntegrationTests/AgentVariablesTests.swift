import Domain
import Processes
import TestSupport
import Testing

/// The values of variables under `env` of an agent reach it, and no file of makima's.
struct AgentVariablesTests {
    private static let secret = "opaque-value-of-a-key-4714"

    /// A double that is ready once it has its secret and a go-ahead, no intelligence.
    private static let agent = """
        [ "$OPAQUE_THING" = "\(secret)" ] && echo known >> seen
        [ $MAKIMA_ITERATION -lt 2 ] || \(Gate.ready)
        """

    @Test func aResumeReadsThemAnewAndNothingKeepsThem() async throws {
        let installation = try await installation()
        let first = try await installation.makima("run", "know it", "--max-iterations", "1", "--json")
        #expect(first.status == .code(3), "\(first.errorOutput)\(first.output)")
        #expect(try await installation.filesWith(Self.secret) == [])
        let second = try await installation.makima("resume", "know", "--max-iterations", "2", "--json")
        #expect(second.status == .code(0), "\(second.errorOutput)\(second.output)")
        #expect(try await installation.filesWith(Self.secret) == [])
        #expect(!(first.output + second.output).contains(Self.secret))
        let branch = try #require(second.task?["branch"]?.string)
        #expect(try await installation.git("show", "\(branch):seen") == "known\nknown\n")
        #expect(try await !installation.filesWith("OPAQUE_THING").isEmpty)
    }

    @Test func withoutThemTheTaskIsBlockedAndSaysWhatToDo() async throws {
        let installation = try await installation()
        try await installation.makima("run", "know it", "--max-iterations", "1")
        configure(installation, variables: "")
        let blocked = try await installation.makima("resume", "know", "--max-iterations", "2", "--json")
        #expect(blocked.status == .code(5), "\(blocked.errorOutput)\(blocked.output)")
        let reason = blocked.task?["reason"]
        #expect(reason?["problem"]?.string == "variables_missing")
        #expect(reason?["variables"]?[0]?["agent"]?.string == "double")
        #expect(reason?["variables"]?[0]?["name"]?.string == "OPAQUE_THING")
        #expect(reason?["hint"]?.string?.contains("[agents.double]") == true)
        #expect(blocked.task?["iterations"]?.int == 1)

        configure(installation, variables: "OPAQUE_THING = \"\(Self.secret)\"")
        let answer = try await installation.makima("resume", "know", "--max-iterations", "2", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)\(answer.output)")
        #expect(try await installation.filesWith(Self.secret) == [])
    }

    private func installation() async throws -> Installation {
        let installation = try await Installation()
        // The program holds the secret to compare with, so it lies outside of the state directory.
        installation.directory.write("#!/bin/sh\n\(Self.agent)\n", to: "agent/agent.sh", mode: 0o755)
        configure(installation, variables: "OPAQUE_THING = \"\(Self.secret)\"")
        return installation
    }

    private func configure(_ installation: Installation, variables: String) {
        installation.configure(
            """
            agent = "double"
            [agents.double]
            kind = "command"
            command = "\(installation.directory.path)/agent/agent.sh"
            env = { \(variables) }
            """
        )
    }
}
