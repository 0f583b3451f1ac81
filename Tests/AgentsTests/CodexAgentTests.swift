import Domain
import TestSupport
import Testing

@testable import Agents

/// How Codex is started, and gone on with.
struct CodexAgentTests {
    private let directory = TemporaryDirectory("makima-codex")

    private func invocation(
        _ request: AgentRequest,
        _ environment: [String: String] = [:]
    ) throws -> AgentInvocation {
        directory.write("#!/bin/sh\n", to: "bin/codex", mode: 0o755)
        let host = Samples.host(["PATH": directory.path + "/bin:/usr/bin"].merging(environment) { _, given in given })
        return try AgentCatalog(host: host).agent(of: .codex).invocation(request)
    }

    private static let settings = [
        "--json", "--skip-git-repo-check", "-c", "analytics.enabled=false", "-c", "features.plugins=false", "-c",
        "features.unbounded_connection_retries=false", "-c",
        "developer_instructions=\"Where there is an AGENTS.md, read it before you begin: it holds for your work.\"",
        "-c",
    ]

    @Test func isGivenThePromptOnStandardInputAndTrustsNothingOfTheRepository() throws {
        let started = try invocation(try Samples.request(.codex, prompt: "--mend it"))
        #expect(started.program == directory.path + "/bin/codex")
        #expect(
            started.arguments
                == ["exec"] + Self.settings + [
                    #"projects={"/workspace"={trust_level="untrusted"}}"#,
                    "--dangerously-bypass-approvals-and-sandbox", "-",
                ]
        )
        #expect(started.input == Array("--mend it".utf8))
        #expect(started.environment["HOME"] == "/home/agent")
        #expect(started.environment["CODEX_HOME"] == nil)
        #expect(started.environment["OPENAI_API_KEY"] == nil)
    }

    @Test func goesOnWithASession() throws {
        var request = try Samples.request(.codex, session: AgentSession(id: "t1"))
        request.configuration.model = "gpt"
        request.configuration.arguments = ["-c", "model_reasoning_effort=high"]
        let arguments = try invocation(request).arguments
        #expect(arguments.starts(with: ["exec", "resume"] + Self.settings))
        #expect(arguments.suffix(6) == ["--model", "gpt", "t1", "-", "-c", "model_reasoning_effort=high"])
    }

    @Test func withoutMakimasSandboxItHasItsOwn() throws {
        var request = try Samples.request(.codex)
        let tree = directory.path + "/a \"tree\""
        directory.write("", to: "a \"tree\"/x")
        request.site = AgentSite(home: "/state/home", directory: tree, isConfined: false)
        let arguments = try invocation(request).arguments
        #expect(!arguments.contains("--dangerously-bypass-approvals-and-sandbox"))
        #expect(arguments.contains("sandbox_mode=\"workspace-write\""))
        let place = directory.path + #"/a \"tree\""#
        #expect(arguments.contains("projects={\"\(place)\"={trust_level=\"untrusted\"}}"))
    }

    @Test func onlyTheLoginIsShared() throws {
        let login = Samples.host().home + "/.codex/auth.json"
        let usual = CredentialFile(source: login, pathInHome: ".codex/auth.json")
        #expect(try invocation(try Samples.request(.codex)).credentials == [usual])
        let moved = try invocation(try Samples.request(.codex), ["CODEX_HOME": "/elsewhere"]).credentials
        #expect(moved.map(\.source) == ["/elsewhere/auth.json"])
    }

    @Test func onlyWhatTheProgramKeepsCanBeContinued() throws {
        let home = TemporaryDirectory("makima-agents")
        home.write("{}\n", to: ".codex/sessions/2026/11/22/rollout-2026-11-22T09-45-15-t1.jsonl")
        home.write("", to: ".codex/sessions/2026/11/22/rollout-2026-11-22T09-45-15-empty.jsonl")
        home.write("{}\n", to: ".codex/sessions/2026/11/22/rollout-x-folder.jsonl/x")
        home.write("{}\n", to: ".codex/sessions/elsewhere/11/22/rollout-x-t2.jsonl")
        let agent = CodexAgent(host: Samples.host())
        let keeps = { (id: String, request: AgentRequest) in
            agent.keeps(AgentSession(id: id), for: request, home: home.path)
        }
        var request = try Samples.request(.codex)
        #expect(keeps("t1", request))
        for id in ["t2", "empty", "folder", "../t1", "", "-t1"] { #expect(!keeps(id, request), "\(id)") }
        request.configuration.environment["CODEX_HOME"] = "/home/agent/other"
        #expect(!keeps("t1", request))
        request.configuration.environment["CODEX_HOME"] = home.path + "/.codex"
        #expect(keeps("t1", request))
    }

    // MARK: - What it prints

    @Test(arguments: try Transcript.names(of: "codex/0.163.0").filter { $0 != "out_text" })
    func tellsTheSameAsBehindACommand(_ name: String) throws {
        let run = try #require(CodexTranscriptTests.all.first { $0.name == name })
        let recorded = try Transcript(name, of: "codex/0.163.0")
        var reader = CodexAgent(host: Samples.host(["TZ": "UTC"])).makeReader(for: try Samples.request(.codex))
        let exit = AgentExit(run.cause, errorTail: recorded.errors, endedAt: Samples.recorded)
        #expect(reader.read(recorded.output, exit) == (try recorded.outcomeBehindCommand(run.cause)))
    }

    @Test func aResumedProcessCountsOnlyWhatItSpentItself() throws {
        let first = try outcome(of: "resume_0_first", session: nil)
        let session = AgentSession(id: try #require(first.sessionID), tokens: first.tokens)
        let second = try outcome(of: "resume_1_resume", session: session)
        #expect(second.usage == Usage(tokens: 29301 - 19440))
        #expect(second.tokens?.total == 29301 - 19440)
        let both = AgentSession(
            id: session.id,
            tokens: first.tokens.flatMap { first in second.tokens.map { first + $0 } }
        )
        #expect(try outcome(of: "resume_2_last", session: both).usage == Usage(tokens: 39245 - 29301))
    }

    @Test func whatCannotBeTheTotalOfTheSessionCountsFromZero() throws {
        let first = try outcome(of: "resume_0_first", session: nil)
        let more = ModelTokens(input: 1_000_000, output: 1)
        let other = AgentSession(id: "another", tokens: ModelTokens(input: 1))
        for session in [AgentSession(id: try #require(first.sessionID), tokens: more), other] {
            #expect(try outcome(of: "resume_0_first", session: session).usage == first.usage)
        }
    }

    @Test func aProgramThatSaysNothingHasNotBegun() throws {
        var reader = CodexAgent(host: Samples.host()).makeReader(for: try Samples.request(.codex))
        let end = reader.read("", Samples.exit(1)).end
        #expect(end == .silentLaunchFailure(message: "It ended with exit status 1."))
    }

    private func outcome(of name: String, session: AgentSession?) throws -> AgentOutcome {
        let recorded = try Transcript(name, of: "codex/0.163.0")
        var reader = CodexAgent(host: Samples.host()).makeReader(for: try Samples.request(.codex, session: session))
        return reader.read(recorded.output, Samples.exit(0))
    }
}
