import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// `makima sandbox` and `makima shell`, and what passes through makima's proxy.
struct SandboxCommandTests {
    @Test func runsACommandInTheDirectoryAndAnswersWithItsStatus() async throws {
        let installation = try await Installation()
        let script = "cat README.md; echo made >file; ls -A / | tr '\\n' ' '; echo x >.git/x || exit 7"
        let answer = try await installation.makima("sandbox", "--", "sh", "-c", script)
        #expect(answer.status == .code(7))
        #expect(answer.output.hasPrefix("hello\n"))
        #expect(!answer.output.contains("root"))
        #expect(try await installation.git("status", "--porcelain") == "?? file\n")
        let missing = try await installation.makima("sandbox", "--", "no-such-program")
        #expect(missing.status == .code(1))
        #expect(missing.errorOutput.contains("mistake in its name"))
        #expect(try await installation.makima("sandbox", "--", "sh", "-c", "kill -9 $$").status == .code(137))
        // Nothing is left in it.
        #expect(rmdir("\(installation.state)/rooms") == 0)
    }

    @Test func theNetworkIsNarrowedOnDemand() async throws {
        let echo = try EchoServer()
        let installation = try await Installation(files: ["ask.py": Self.ask])
        func ask(_ options: String...) async throws -> Answer {
            try await installation.call(
                ["sandbox"] + options + ["--", "/usr/bin/python3", "ask.py", echo.port, "1000"]
            )
        }
        #expect(try await ask("--network", "full").output == "1000\n")
        #expect(try await ask("--network", "none").output.contains("URLError"))
        #expect(try await ask("--network", "allowlist").output.contains("403"))
        #expect(try await ask("--allow-host", "127.0.0.1").output.contains("403"))
        #expect(try await ask("--allow-host", "127.0.0.1:\(echo.port)").output == "1000\n")
        let answer = try await ask("--allow-host", "127.0.0.1:\(echo.port)x")
        #expect(answer.status == .code(2))
        #expect(answer.errorOutput.contains("is no host"))
    }

    @Test func carriesMuchBothWays() async throws {
        let echo = try EchoServer()
        let installation = try await Installation(files: ["ask.py": Self.ask, "raw.py": Self.raw])
        let host = "127.0.0.1:\(echo.port)"
        let answer = try await installation.makima(
            "sandbox",
            "--allow-host",
            host,
            "--",
            "/usr/bin/python3",
            "ask.py",
            echo.port,
            "20000000"
        )
        #expect(answer.output == "20000000\n")
        let tunnel = try await installation.makima(
            "sandbox",
            "--allow-host",
            host,
            "--",
            "/usr/bin/python3",
            "raw.py",
            echo.port
        )
        #expect(tunnel.output == "5000000 True\n", "\(tunnel.errorOutput)")
    }

    @Test func anUploadEndsWhereItsBudgetDoes() async throws {
        let echo = try EchoServer()
        var installation = try await Installation(files: ["ask.py": Self.ask])
        installation.variables["MAKIMA_SANDBOX_MAX_UPLOAD_MIB"] = "1"
        installation.variables["MAKIMA_SANDBOX_NETWORK"] = "allowlist"
        installation.variables["MAKIMA_SANDBOX_ALLOW_HOSTS"] = "127.0.0.1:\(echo.port)"
        let program = ["sandbox", "--", "/usr/bin/python3", "ask.py", echo.port]
        #expect(try await installation.call(program + ["900000"]).output == "900000\n")
        #expect(try await installation.call(program + ["2000000"]).output != "2000000\n")
    }

    @Test func aShellDoesNotDieOfAWishThatIsMeantForARun() async throws {
        var installation = try await Installation()
        installation.agent("echo work >work; \(Gate.ready)")
        let answer = try await installation.makima("run", "Work", "--agent", "double", "--check", "true", "--json")
        let id = try #require(answer.task?["id"]?.string)
        let shell = try installation.start(
            "shell",
            id,
            "--",
            "sh",
            "-c",
            "echo entered; while [ ! -e leave ]; do sleep 0.1; done; exit 7"
        )
        #expect(shell.firstLine() == "entered")
        for wish in ["pause", "stop"] {
            let refused = try await installation.makima(wish, id)
            #expect(refused.status == .code(1))
            #expect(refused.errorOutput.contains("process \(shell.number) uses task"))
        }
        shell.signal(SIGUSR1)
        shell.signal(SIGUSR2)
        installation.directory.write("", to: "state/tasks/\(installation.taskDirectory)/tree/leave")
        #expect(shell.exitStatus() == 7)
    }

    @Test func entersTheWorkspaceOfATaskThatDoesNotRun() async throws {
        var installation = try await Installation()
        installation.agent("echo work >work; \(Gate.ready)")
        let answer = try await installation.makima("run", "Work", "--agent", "double", "--check", "true", "--json")
        let id = try #require(answer.task?["id"]?.string)
        let shell = try await installation.makima(
            "shell",
            id,
            "--",
            "sh",
            "-c",
            "pwd; cat work; git log --oneline | wc -l"
        )
        #expect(shell.output == "/workspace\nwork\n1\n", "\(shell.errorOutput)")
        #expect(try await installation.makima("shell", "no-such-task").status == .code(1))
    }

    /// Sends so many bytes and says how many came back.
    private static let ask = """
        import sys, urllib.request
        body = b"x" * int(sys.argv[2])
        request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/p?q", body, method="POST")
        try:
            answer = urllib.request.urlopen(request, timeout=60)
            assert answer.headers["X-Path"] == "/p?q"
            print(len(answer.read()))
        except Exception as error:
            print(type(error).__name__, error)
        """

    /// A tunnel that says early that it has sent everything, and still gets all of the answer.
    private static let raw = """
        import base64, os, socket, sys, threading
        token = os.environ["HTTP_PROXY"].split("//")[1].split("@")[0]
        way = socket.create_connection(("127.0.0.1", 3128))
        way.sendall(f"CONNECT 127.0.0.1:{sys.argv[1]} HTTP/1.1\\r\\nProxy-Authorization: Basic "
                    f"{base64.b64encode(token.encode()).decode()}\\r\\n\\r\\n".encode())
        head = b""
        while not head.endswith(b"\\r\\n\\r\\n"):
            head += way.recv(1)
        body = os.urandom(5000000)
        def send():
            way.sendall(b"RAW / HTTP/1.1\\r\\n\\r\\n" + body)
            way.shutdown(socket.SHUT_WR)
        threading.Thread(target=send).start()
        back = b""
        while piece := way.recv(65536):
            back += piece
        print(len(back), back == body)
        """
}
