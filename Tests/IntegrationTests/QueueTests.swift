import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// Tasks that go through a server, by real programs.
@Suite(.serialized)
struct QueueTests {
    /// Starts a server and waits until it listens; returns its address.
    private static func begin(_ process: BackgroundProcess) throws -> String {
        let line = process.firstLine()
        let words = "makima listens on "
        try #require(line.hasPrefix(words), "\(line)")
        return String(line.dropFirst(words.count))
    }

    @Test func tasksOfAFileAreDoneInTheirOrder() async throws {
        var installation = try await Installation()
        installation.agent("cat >>told.txt; printf x >>done.txt; \(Gate.ready)")
        installation.variables["MAKIMA_AGENT"] = "double"
        let file = installation.directory.write(
            """
            # First
            check: test -s done.txt

            # Second
            continue: First
            check: test "$(cat done.txt)" = xx

            # Third
            after: First
            check: test "$(cat done.txt)" = x
            """,
            to: "queue.md"
        )
        let server = try installation.start("up", "--port", "0", "--quiet")
        _ = try Self.begin(server)
        let added = try await installation.makima("add", file)
        #expect(added.status == .code(0), "\(added.errorOutput)")
        for name in ["First", "Second", "Third"] {
            let followed = try await installation.makima("attach", name)
            #expect(followed.status == .code(0), "\(followed.output)\(followed.errorOutput)")
            let task = try await installation.shown(name)
            #expect(task["proof"]?.string == "verified")
            #expect(task["server"]?["daemon"] == .null || task["server"]?["home"]?.string == "local")
        }
        let log = try await installation.makima("logs", "First")
        #expect(log.output.contains("COMPLETION_GATE"))
        server.signal(15)
        #expect(server.exitStatus() == 0)
    }

    /// Certificates of an authority of the test's own, as a company has one.
    private static func certificates(_ installation: Installation) async throws -> String {
        let place = "\(installation.directory.path)/tls"
        let script = """
            mkdir -p '\(place)' && cd '\(place)' && exec 2>log
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
            openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem
            printf 'subjectAltName=DNS:localhost\\n' >names
            openssl x509 -req -days 2 -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out cert.pem
            """
        let result = try await PosixSpawnLauncher()
            .run(Command("sh", ["-ec", script], environment: installation.environment))
        try #require(result.status.isSuccess)
        return place
    }

    @Test func aServerThatCannotBeAskedIsNotTakenForNone() async throws {
        let host = try await Installation()
        host.configure("[serve]\nport = 0\n")
        let server = try host.start("server")
        _ = try Self.begin(server)
        for (file, words) in [("server-token", "There is none."), ("server-address", "is just starting or ending.")] {
            try #require(unlink("\(host.state)/\(file)") == 0)
            let listed = try await host.makima("list", "--json")
            #expect(listed.status == .code(0) && listed.errorOutput.contains(words), "\(listed.errorOutput)")
        }
        server.signal(15)
        #expect(server.exitStatus() == 0)
    }

    @Test func aBrowserIsLedToTheNameThatTheCertificateIsFor() async throws {
        let host = try await Installation()
        let tls = try await Self.certificates(host)
        host.configure("[serve]\nport = 0\ntls_certificate = \"\(tls)/cert.pem\"\ntls_key = \"\(tls)/key.pem\"\n")
        for (name, scheme) in [("localhost", "https://localhost"), (nil, "http://127.0.0.1")] {
            let server = try name.map { try host.start("server", "--server-name", $0) } ?? host.start("server")
            let port = try Self.begin(server).split(separator: ":").last ?? ""
            let opened = try await host.makima("open")
            #expect(opened.output.hasPrefix(scheme + ":"), "\(opened.output)\(opened.errorOutput)")
            #expect(opened.output.contains(":\(port)/login#") == (scheme == "https://localhost"))
            server.signal(15)
            #expect(server.exitStatus() == 0)
        }
    }

    /// On a machine that tests make busier than a server would give work to.
    @Test func aServerAndADaemonOnTheirOwnSpeakOverTLS() async throws {
        var host = try await Installation()
        let tls = try await Self.certificates(host)
        host.configure(
            """
            [serve]
            port = 0
            names = ["localhost"]
            tls_certificate = "\(tls)/cert.pem"
            tls_key = "\(tls)/key.pem"
            """
        )
        let server = try host.start("server", "--most-load", "10000")
        let address = try Self.begin(server)
        let url = "https://localhost:\(address.split(separator: ":").last ?? "")"
        // On the server's own machine commands need neither its name nor its authority.
        let token = try await host.makima("token", "--daemon", "build-1")
        #expect(token.status == .code(0), "\(token.errorOutput)")
        host.variables["MAKIMA_SERVER"] = url
        host.variables["MAKIMA_SERVER_TOKEN_FILE"] = "\(host.state)/server-token"
        host.variables["MAKIMA_SERVER_AUTHORITY"] = "\(tls)/ca.pem"
        var worker = try await Installation()
        worker.agent("printf x >done.txt; \(Gate.ready)")
        worker.directory.write(token.output, to: "token", mode: 0o600)
        worker.configure(
            """
            [daemon]
            server = "\(url)"
            token_file = "\(worker.directory.path)/token"
            id = "build-1"
            authority = "\(tls)/ca.pem"
            paths = ["\(worker.repository)"]
            """
        )
        let daemon = try worker.start("daemon")
        host.variables.merge(worker.variables) { first, _ in first }
        let task = ["Make done.txt", "--repo", worker.repository, "--agent", "double", "--check", "test -s done.txt"]
        let queued = try await host.call(["run", "--detach"] + task)
        #expect(queued.status == .code(0), "\(queued.errorOutput)")
        let followed = try await host.makima("attach", "Make")
        #expect(followed.status == .code(0), "\(followed.output)\(followed.errorOutput)")
        #expect(try await host.shown("Make")["proof"]?.string == "verified")
        let elsewhere = try await host.makima("diff", "Make")
        #expect(elsewhere.status == .code(1) && elsewhere.errorOutput.contains("at the daemon 'build-1'"))
        #expect(try await worker.makima("diff", "Make").output.contains("+x"))
        for process in [daemon, server] {
            process.signal(15)
            #expect(process.exitStatus() == 0)
        }
    }
}

/// The real Claude Code program, run by a daemon in the sandbox.
@Suite(.serialized, .enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
struct QueuedAgentTests {
    @Test func itEditsFailsTheCheckMendsItAndIsDone() async throws {
        let model = try await ScriptedModel("mend-after-failed-check")
        let installation = try await ClaudeProgram.installation(model)
        let server = try installation.start("up", "--port", "0", "--quiet")
        try #require(server.firstLine().hasPrefix("makima listens on "))
        let queued = try await installation.makima(
            "run",
            "--detach",
            "Mend the adder",
            "--check",
            ClaudeProgram.adderCheck
        )
        #expect(queued.status == .code(0), "\(queued.errorOutput)")
        let followed = try await installation.makima("attach", "Mend")
        #expect(followed.status == .code(0), "\(followed.output)\(followed.errorOutput)")
        let task = try await installation.shown("Mend")
        #expect(task["proof"]?.string == "verified" && task["iterations"]?.int == 2)
        #expect((task["costUSD"]?.double ?? 0) > 0)
        #expect(task["sandbox"]?.string == "auto")
        server.signal(15)
        #expect(server.exitStatus() == 0)
    }
}
