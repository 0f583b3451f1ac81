import Agents
import Domain
import Glibc
import TestSupport
import Testing

/// Which program is started, and what must be visible for it.
struct ProgramFinderTests {
    private let directory = TemporaryDirectory("makima-finder")

    private var home: String { directory.path + "/home" }

    private func finder(path: String = "/usr/bin:/bin", in workingDirectory: String? = nil) -> ProgramFinder {
        ProgramFinder(
            host: AgentHost(
                environment: ["PATH": path],
                home: home,
                directory: workingDirectory ?? directory.path,
                executable: "/usr/bin/makima"
            )
        )
    }

    private func program(_ name: String, _ text: String = "#!/bin/sh\n", mode: UInt32 = 0o755) -> String {
        directory.write(text, to: name, mode: mode)
    }

    // MARK: - Finding

    @Test func findsTheFirstExecutableInThePath() throws {
        _ = program("a/tool", mode: 0o644)
        let second = program("b/tool")
        _ = program("c/tool")
        let path = ["a", "b", "c"].map { "\(directory.path)/\($0)" }.joined(separator: ":")
        #expect(try finder(path: path + ":relative").find("tool") == second)
    }

    @Test func saysWhatWasNotFoundAndWhere() {
        #expect(throws: AgentError.programNotFound(name: "no-such-tool", searched: ["/usr/bin", "/bin"])) {
            try finder().find("no-such-tool")
        }
        #expect(throws: AgentError.programNotFound(name: "/no/such/tool", searched: [])) {
            try finder().find("/no/such/tool")
        }
        let refused = program("a/tool", mode: 0o644)
        #expect(throws: AgentError.programNotExecutable(path: refused)) { try finder().find(refused) }
        #expect(throws: AgentError.programNotFound(name: directory.path, searched: [])) {
            try finder().find(directory.path)
        }
    }

    @Test func pathsAreRelativeToWhereMakimaWasStartedOrToTheHome() throws {
        let own = program("tools/agent")
        #expect(try finder().find("./tools/agent") == own)
        #expect(try finder().find("tools/agent") == own)
        let homely = program("home/bin/agent")
        #expect(try finder().find("~/bin/agent") == homely)
    }

    // MARK: - What is needed beside it

    @Test func aProgramInAPythonEnvironmentNeedsThePythonThatItWasMadeOf() {
        let python = program("pythons/3.12/bin/python3.12", "\u{7F}ELF")
        _ = program("pythons/3.12/lib/os.py")
        // No script: it starts others of the environment.
        let agent = program("environment/bin/agent", "\u{7F}ELF")
        _ = program("environment/pyvenv.cfg")
        #expect(symlink(python, directory.path + "/environment/bin/python") == 0)
        let needed = ["environment", "pythons/3.12"].map { "\(directory.path)/\($0)" }
        #expect(finder().requirements(of: agent) == needed)
        // Another command is to start it.
        #expect(finder().resolve(arguments: [agent]).readablePaths == needed)
    }

    @Test func codexNeedsWhatIsInItsPackage() {
        let codex = program("package/bin/codex", "\u{7F}ELF")
        _ = program("package/codex-package.json")
        #expect(finder().requirements(of: codex) == [directory.path + "/package"])
    }

    @Test func followsLinksToTheRealProgram() throws {
        let real = program("home/.local/share/tool/versions/1.0", "ELF")
        try makeDirectory("home/.local/bin")
        try makeLink("home/.local/bin/tool", to: "../share/tool/versions/1.0")
        let needed = finder().requirements(of: home + "/.local/bin/tool")
        #expect(needed.contains(home + "/.local/bin"))
        #expect(needed.contains(String(real.dropLast("/1.0".count))))
        #expect(!needed.contains(home + "/.local"))
        #expect(!needed.contains(home))
    }

    @Test func aVersionManagersShimNeedsItsWholeInstallation() {
        let shim = program("home/.pyenv/shims/python3", "#!/usr/bin/env bash\nexec pyenv\n")
        #expect(finder().requirements(of: shim).contains(home + "/.pyenv"))
    }

    @Test func anInterpreterInTheHomeIsNeededToo() throws {
        try makeDirectory("home/.nvm/v20/lib")
        _ = program("home/.nvm/v20/bin/node", "ELF")
        let script = program("home/.npm/app/cli.js", "#!/usr/bin/env -S node --flag\n")
        let needed = finder(path: home + "/.nvm/v20/bin:/usr/bin").requirements(of: script)
        #expect(needed.contains(home + "/.nvm/v20"))
        #expect(needed.contains(home + "/.npm/app"))
    }

    @Test func aLoopOfLinksOrInterpretersEnds() throws {
        try makeLink("x", to: "y")
        try makeLink("y", to: "x")
        _ = finder().requirements(of: directory.path + "/x")
        let itself = directory.path + "/self"
        _ = program("self", "#!\(itself)\n")
        #expect(!finder().requirements(of: itself).isEmpty)
    }

    // MARK: - Arguments

    @Test func theDirectoryOfAScriptIsVisible() {
        let script = program("agent/run.py", "print()", mode: 0o644)
        let resolved = finder().resolve(arguments: ["-u", script, "--verbose"])
        #expect(resolved.arguments == ["-u", script, "--verbose"])
        #expect(resolved.readablePaths == [directory.path + "/agent"])
    }

    @Test func aRelativeFileBecomesAbsoluteAndADirectoryStaysTheWorkspaces() throws {
        let script = program("agent/run.py", "print()", mode: 0o644)
        try makeDirectory("src")
        let resolved = finder().resolve(arguments: ["agent/run.py", "src", "missing.txt", ""])
        #expect(resolved.arguments == [script, "src", "missing.txt", ""])
        #expect(resolved.readablePaths == [directory.path + "/agent"])
    }

    @Test func ofAPersonsHomeOrRepositoryOnlyTheFileItselfIsVisible() throws {
        let inHome = program("home/agent.py", mode: 0o644)
        #expect(finder().resolve(arguments: [inHome]).readablePaths == [inHome])
        try makeDirectory("repository/.git")
        let tracked = program("repository/agent.py", mode: 0o644)
        #expect(finder().resolve(arguments: [tracked]).readablePaths == [tracked])
        let beside = program("notes.txt", mode: 0o644)
        #expect(finder().resolve(arguments: [beside]).readablePaths == [beside])
    }

    private func makeDirectory(_ name: String) throws {
        directory.write("", to: name + "/.keep")
    }

    private func makeLink(_ name: String, to target: String) throws {
        try #require(symlink(target, "\(directory.path)/\(name)") == 0)
    }

    @Test func aScriptWithoutItsInterpreterIsNamed() throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let script = directory.write("#!/nonexistent/python3 -u\n", to: "agent", mode: 0o755)
        let finder = ProgramFinder(host: AgentHost(environment: [:], home: "/", directory: "/", executable: "/m"))
        let missing = AgentError.interpreterMissing(script: script, interpreter: "/nonexistent/python3")
        #expect(throws: missing) { try finder.find(script) }
        #expect(missing.hint.contains("Install '/nonexistent/python3'"))
    }

    @Test(arguments: [
        ("#!/bin/sh\r\n", "/bin/sh"), ("#!/usr/bin/env sh\r\n", "sh"), ("#! /bin/sh\r\necho\r\n", "/bin/sh"),
    ])
    func theLineEndsOfAnotherSystemAreNamed(_ start: String, _ interpreter: String) throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let script = directory.write(start, to: "agent", mode: 0o755)
        let finder = ProgramFinder(host: AgentHost(environment: [:], home: "/", directory: "/", executable: "/m"))
        let missing = AgentError.interpreterMissing(script: script, interpreter: interpreter + "\r")
        #expect(throws: missing) { try finder.find(script) }
        #expect(missing.description.contains("carriage return (CRLF)") && !missing.description.contains("\r"))
        #expect(missing.hint.contains("line ends") && !missing.hint.contains("\r"))
    }
}
