import Domain
import FoundationEssentials
import Glibc
import Processes
import TestSupport
import Testing

/// Programs that try to leave the sandbox, in the real one, started by the real makima.
@Suite(.serialized)
struct EscapeTests {
    /// As the agent and once more as the check: both are confined in the same way.
    @Test func everyWayOutIsRefused() async throws {
        let stage = try await EscapeStage()
        let answer = try await stage.run("python3 probes.py settings.json >report.txt 2>&1")
        let report = stage.report(of: answer)
        #expect(report.contains("ok call io_uring_setup"), "\(answer.errorOutput)")
        #expect(report.contains("ok proxy mapped"))
        for line in report where !line.hasPrefix("ok ") { Issue.record("\(line)") }
        #expect(answer.status == .code(0), "the check saw it otherwise: \(answer.errorOutput)")
        #expect(stage.leftovers().isEmpty)
        #expect(!stage.isEscaped)
        let shown = try await stage.installation.makima("show", "--json", answer.task?["id"]?.string ?? "")
        #expect(shown.output.contains("\"target\":\"other.example:443\",\"refusal\":\"not_listed\""))
    }

    /// What a program writes into git's files is a trap for whoever runs git there next: nobody may.
    @Test(arguments: EscapeStage.gitTraps)
    func gitOnTheHostRunsNothingOfTheAgents(_ name: String, _ trap: String) async throws {
        let stage = try await EscapeStage()
        let answer = try await stage.run(trap.replacing("MARK", with: stage.escaped), check: "true")
        #expect(answer.status == .code(0), "\(name): \(answer.errorOutput)")
        let id = try #require(answer.task?["id"]?.string)
        let tree = try #require(answer.task?["workspace"]?.string)
        for command in [["show", id], ["diff", id], ["checkpoints", id], ["merge", id]] {
            _ = try await stage.installation.call(command)
        }
        let looks: [[String]] = [
            ["-C", tree, "status"], ["-C", tree, "diff"], ["-C", tree, "add", "-A"], ["status"], ["fsck", "--strict"],
            ["checkout", "--quiet", "HEAD"], ["worktree", "add", "\(stage.installation.directory.path)/other"],
        ]
        for look in looks { try await stage.git(look) }
        #expect(!stage.isEscaped, "\(name)")
        #expect(try await stage.installation.git("fsck", "--strict").isEmpty)
    }
}

/// A makima with something to steal, and an agent that is a program of the test.
private struct EscapeStage {
    var installation: Installation
    /// Exists once anything of the agent's ran on the host: inside there is no such directory.
    let escaped: String
    private let model: ScriptedModel
    private let listener: AbstractListener
    private let mark: String

    init(file: String = #filePath) async throws {
        let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
        let probes = try String(contentsOfFile: "/\(tests)/Support/escape-probes.py", encoding: .utf8)
        installation = try await Installation(files: ["probes.py": probes, "README.md": "hello\n"])
        let root = installation.directory.path
        escaped = "\(root)/escaped"
        mark = root
        model = try await ScriptedModel("mend-after-failed-check")
        listener = try AbstractListener("makima-\(getpid())-\(root.suffix(6))")
        installation.directory.write("secret", to: "home/.ssh/id_ed25519")
        installation.variables["SECRET_KEY"] = "secret"
        installation.variables["SSH_AUTH_SOCK"] = "\(root)/agent.sock"
    }

    private var service: Substring { model.url.dropFirst("http://".count) }

    func run(_ script: String, check: String = "python3 probes.py settings.json") async throws -> Answer {
        var installation = installation
        installation.agent("\(settings)\n\(script)\n\(Gate.ready)")
        return try await installation.makima(
            "run",
            "Escape",
            "--agent",
            "double",
            "--check",
            check,
            "--max-iterations",
            "1",
            "--sandbox",
            "required",
            "--allow-host",
            String(service),
            "--allow-host",
            "*.listed.example",
            "--json"
        )
    }

    private var settings: String {
        let root = installation.directory.path
        let hidden = ["home/.ssh", "state", "state/journal.sqlite", "repository/README.md", "escaped", "config"]
            .map { "\"\(root)/\($0)\"" }.joined(separator: ",")
        let parts = service.split(separator: ":")
        return """
            cat >settings.json <<'SETTINGS'
            {"hidden":[\(hidden)],"service":["\(parts[0])",\(parts[1])],"abstract":"\(listener.name)",
             "pid":\(getpid()),"mark":"\(mark)"}
            SETTINGS
            """
    }

    func report(of answer: Answer) -> [Substring] {
        guard let tree = answer.task?["workspace"]?.string,
            let text = try? String(contentsOfFile: "\(tree)/report.txt", encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").map { Substring($0) }
    }

    var isEscaped: Bool { access(escaped, F_OK) == 0 }

    /// Processes of the agent's that still run.
    func leftovers() -> [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return folders.filter { name in
            guard Int(name) != nil, let bytes = FileManager.default.contents(atPath: "/proc/\(name)/environ") else {
                return false
            }
            return String(decoding: bytes, as: UTF8.self).contains("MAKIMA_ESCAPED=\(mark)")
        }
    }

    /// As a person would; whether it fails does not matter.
    func git(_ arguments: [String]) async throws {
        _ = try await PosixSpawnLauncher()
            .run(
                Command("git", arguments, environment: installation.environment, directory: installation.repository)
            )
    }

    /// E1 to E7: what once ran on the host when somebody looked.
    static let gitTraps: [(String, String)] = [
        (
            "E1 another git directory",
            "mkdir -p evil; git init -q evil/x; git -C evil/x config core.fsmonitor 'touch MARK'; rm -rf .git/*; cp -r evil/x/.git/* .git/; mv .git gone; echo 'gitdir: evil/x/.git' >.git"
        ),
        (
            "E1c a diff command",
            "git config diff.x.command 'touch MARK; true'; git config core.fsmonitor 'touch MARK'; echo '* diff=x' >.gitattributes; echo y >>README.md"
        ),
        (
            "E1d a clean filter",
            "git config filter.y.clean 'touch MARK; cat'; git config filter.y.smudge 'touch MARK; cat'; echo '* filter=y' >.gitattributes; echo y >>README.md"
        ),
        (
            "E2 commondir",
            "mkdir -p evil; cp -r .git/. evil/; git --git-dir=evil config core.fsmonitor 'touch MARK'; echo /workspace/evil >.git/commondir; echo y >>README.md"
        ),
        (
            "E3 config.worktree",
            "git config extensions.worktreeConfig true; printf '[core]\\n\\tfsmonitor = touch MARK\\n' >.git/config.worktree; echo y >>README.md"
        ),
        (
            "E4 a repository inside",
            "git init -q inner; cd inner; git config user.email a@b; git config user.name a; echo x >f; git add f; git commit -qm x; git config core.fsmonitor 'touch MARK'; git config filter.y.clean 'touch MARK; cat'; echo '* filter=y' >.gitattributes; cd ..; git add -f inner; echo y >>README.md"
        ),
        (
            "E5 hooks",
            "for h in post-checkout post-commit pre-commit post-merge reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch MARK\\n' >.git/hooks/$h 2>/dev/null || { mkdir -p .git/hooks; printf '#!/bin/sh\\ntouch MARK\\n' >.git/hooks/$h; }; chmod +x .git/hooks/$h; done; git config core.hooksPath .git/hooks; echo y >>README.md"
        ),
        (
            "E6 ssh command",
            "git config core.sshCommand 'touch MARK'; git config uploadpack.packObjectsHook 'touch MARK; true'; git config core.alternateRefsCommand 'touch MARK'; echo y >>README.md"
        ),
        (
            "E7 a bare repository",
            "git init -q --bare objects.d; git -C objects.d config core.fsmonitor 'touch MARK'; git -C objects.d config core.worktree ..; echo y >>README.md"
        ),
        (
            "modules",
            "printf '[submodule \"x\"]\\n\\tpath = x\\n\\turl = ext::sh -c touch% MARK\\n\\tupdate = !touch MARK\\n' >.gitmodules; echo y >>README.md"
        ),
        (
            "editors and builds",
            "mkdir -p .vscode; echo 'touch MARK' >.envrc; printf 'import os; os.system(\"touch MARK\")' >conftest.py; cp conftest.py sitecustomize.py; printf 'all:\\n\\ttouch MARK\\n' >Makefile; printf '{\"scripts\":{\"postinstall\":\"touch MARK\"}}' >package.json"
        ),
    ]
}

/// Listens on an abstract socket of the host while the test runs.
private final class AbstractListener: Sendable {
    let name: String
    private let process: BackgroundProcess

    init(_ name: String) throws {
        self.name = name
        process = try BackgroundProcess(
            "/usr/bin/python3",
            [
                "-c",
                "import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.bind('\\0'+sys.argv[1]); s.listen(); "
                    + "print('ready',flush=True); time.sleep(1000)",
                name,
            ]
        )
        _ = process.firstLine()
    }

    deinit { process.kill() }
}
