import Domain
import Processes
import TestSupport
import Testing

/// What checks see of the network, with a server on loopback.
struct CheckNetworkTests {
    /// Ends with 0 where the server answers.
    private static let ask = """
        import os, sys, urllib.request
        urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", b"x", timeout=60).read()
        """

    private func installation(_ checks: String, asking echo: EchoServer) async throws -> Installation {
        var installation = try await Installation(files: ["ask.py": Self.ask, "makima.toml": checks])
        installation.agent("/usr/bin/python3 ask.py \(echo.port) && echo reached >work; \(Gate.ready)")
        return installation
    }

    private static func check(_ network: String, _ command: String) -> String {
        "[[check]]\nname = \"\(network)\"\nnetwork = \"\(network)\"\ncommand = \"\(command)\"\n"
    }

    @Test func aCheckReachesLessThanTheAgent() async throws {
        let echo = try EchoServer()
        let ask = "/usr/bin/python3 ask.py \(echo.port)"
        let checks =
            Self.check("full", "\(ask) && test -z \"$HTTP_PROXY\" && grep reached work".replacing("\"", with: "\\\""))
            + Self.check("allowlist", "test -n \\\"$HTTP_PROXY\\\" && ! \(ask)") + Self.check("none", "! \(ask)")
        let answer = try await installation(checks, asking: echo)
            .makima("run", "Ask", "--agent", "double", "--max-iterations", "1", "--json")
        #expect(answer.status == .code(0), "\(answer.output) \(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
        let told = answer.task?["checks"]?.array?.map { $0["network"]?.string }
        #expect(told == ["full", "allowlist", "none"])
    }

    @Test func theTasksNetworkIsTheMostThatACheckSees() async throws {
        let echo = try EchoServer()
        var installation = try await installation(
            Self.check("full", "! /usr/bin/python3 ask.py \(echo.port)"),
            asking: echo
        )
        let answer = try await installation.makima("run", "Ask", "--agent", "double", "--network", "none", "--json")
        #expect(answer.task?["proof"]?.string == "empty", "\(answer.output) \(answer.errorOutput)")
        installation.variables["MAKIMA_SANDBOX_NETWORK"] = "none"
        let refused = try await installation.makima("config")
        #expect(refused.errorOutput.contains("'check.network' is \"full\""), "\(refused.errorOutput)")
    }

    @Test func withoutASandboxNothingIsNarrowed() async throws {
        let echo = try EchoServer()
        let installation = try await installation(Self.check("none", "true"), asking: echo)
        let answer = try await installation.makima("run", "Ask", "--agent", "double", "--sandbox", "off", "--json")
        #expect(answer.task?["status"]?.string == "blocked", "\(answer.output) \(answer.errorOutput)")
        #expect(try await installation.makima("config").output.contains("check.none.network"))
    }
}
