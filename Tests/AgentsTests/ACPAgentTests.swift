import Domain
import TestSupport
import Testing

@testable import Agents

/// How programs of the Agent Client Protocol are started, with what of the user's, and gone on with.
struct ACPAgentTests {
    private let directory = TemporaryDirectory("makima-acp")

    private func invocation(
        _ command: [String],
        _ environment: [String: String] = [:],
        _ change: (inout AgentRequest) -> Void = { _ in }
    ) throws -> AgentInvocation {
        for name in ["kimi", "vibe-acp", "other"] { directory.write("#!/bin/sh\n", to: "bin/\(name)", mode: 0o755) }
        let host = Samples.host(["PATH": directory.path + "/bin:/usr/bin"].merging(environment) { _, given in given })
        var request = try Samples.request(.acp, command: command)
        change(&request)
        return try AgentCatalog(host: host).agent(of: .acp).invocation(request)
    }

    @Test(arguments: [
        (["kimi"], ["kimi", "acp"]), (["kimi", "acp", "--debug"], ["kimi", "acp", "--debug"]),
        (["vibe-acp"], ["vibe-acp"]), (["other"], ["other"]),
    ])
    func aKnownProgramIsMadeToSpeakTheProtocol(_ command: [String], _ started: [String]) throws {
        let given = try invocation(command) { $0.configuration.arguments = ["-x"] }
        #expect(given.program == "\(directory.path)/bin/\(started[0])")
        #expect(given.arguments == started.dropFirst() + ["-x"])
        #expect(given.input == Array("mend it".utf8))
    }

    @Test func withoutACommandItDoesNotStart() {
        #expect(throws: AgentError.self) { try invocation([]) }
    }

    @Test func ofTheUsersOwnOnlyLoginAndSettingsAreShared() throws {
        let home = Samples.host().home
        #expect(
            try invocation(["kimi"]).credentials == [
                CredentialFile(
                    source: home + "/.kimi/credentials/kimi-code.json",
                    pathInHome: ".kimi/credentials/kimi-code.json"
                ),
                CredentialFile(
                    source: home + "/.kimi/config.toml",
                    pathInHome: ".kimi/config.toml",
                    isWritable: false
                ),
            ]
        )
        let moved = try invocation(["vibe-acp"], ["VIBE_HOME": "/elsewhere"]).credentials
        #expect(moved.map(\.source) == ["/elsewhere/.env", "/elsewhere/config.toml"])
        #expect(moved.map(\.isWritable) == [false, false])
        #expect(try invocation(["other"]).credentials.isEmpty)
    }

    @Test func onlyWhatTheProgramKeepsCanBeContinued() throws {
        let id = "2929d62d-c5ab-4182-b944-99ffed6ff969"
        let home = TemporaryDirectory("makima-agents")
        home.write("{}\n", to: ".kimi/sessions/0af1/\(id)/context.jsonl")
        home.write("{}\n", to: ".vibe/logs/session/session_20261122_103838_2929d62d/meta.json")
        home.write("{}\n", to: "elsewhere/\(id)")
        let agent = ACPAgent(host: Samples.host())
        for command in ["kimi", "vibe-acp", "other"] {
            let request = try Samples.request(.acp, command: [command])
            let keeps = { agent.keeps(AgentSession(id: $0), for: request, home: home.path) }
            #expect(keeps(id))
            #expect(!keeps("3929d62d-c5ab-4182-b944-99ffed6ff969"))
            #expect(!keeps("../0af1"))
        }
    }

    @Test func tellsWhatItsProgramCanDo() {
        let agent = ACPAgent(host: Samples.host())
        let reports = ["kimi", "vibe-acp"]
            .map { program in
                agent.capabilities(of: AgentConfiguration(name: "a", kind: .acp, command: [program])).reportsTokens
            }
        #expect(reports == [false, true])
        #expect(agent.capabilities.takesTools && !agent.capabilities.listens)
    }

    @Test func theLastKimiIsKnownForWhatItIs() {
        directory.write("#!/bin/sh\n", to: "old/bin/kimi", mode: 0o755)
        directory.write("#!/bin/sh\n", to: "last/bin/kimi", mode: 0o755)
        let notice = "\"\"\"The Python kimi-cli is no longer maintained.\"\"\"\n"
        directory.write(notice, to: "last/lib/python3.13/site-packages/kimi_cli/deprecation.py")
        #expect(ProgramNotice(on: directory.path + "/old/bin/kimi") == nil)
        #expect(ProgramNotice(on: directory.path + "/last/bin/kimi") != nil)
    }
}
