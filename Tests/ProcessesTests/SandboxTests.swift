import Glibc
import Processes
import TestSupport
import Testing

struct SandboxTests {
    private let launcher = PosixSpawnLauncher()
    private let directory = TemporaryDirectory()

    private func run(
        _ script: String,
        binds: [SandboxProfile.Bind] = [],
        network: SandboxProfile.Network = .none,
        directory: String? = nil
    ) async throws -> CommandResult {
        let profile = SandboxProfile(binds: binds, temporaryDirectories: ["/home/agent"], network: network)
        let command = try await workingSandbox().confine(.shell(script, directory: directory), profile)
        return try await launcher.run(command)
    }

    @Test func hidesHomesAndSecrets() async throws {
        let result = try await run("ls -A /root /home /home/agent /var /etc/shadow /etc/ssl/private /mnt /srv; exit 0")
        #expect(result.text.split(separator: "\n") == ["/home:", "agent", "/home/agent:"])
    }

    @Test func doesNotShowTheTemporaryFilesOfTheHost() async throws {
        directory.write("secret", to: "file")
        #expect(try await run("cat '\(directory.path)/file'").status == .code(1))
        #expect(try await run("ls -A /tmp").text.isEmpty)
        #expect(try await run("echo ok >/tmp/x && cat /tmp/x").text == "ok\n")
    }

    @Test(arguments: ["/x", "/usr/x", "/etc/x", "/etc/passwd", "/home/x", "/bound/x"])
    func refusesToWrite(_ path: String) async throws {
        let result = try await run("echo x >>'\(path)'", binds: [.init(directory.path, at: "/bound")])
        #expect(!result.status.isSuccess)
        #expect(directory.read("x") == nil)
    }

    /// Root's makima would otherwise hand the machine over: `core_pattern` names a program that runs on the host.
    @Test(arguments: ["sys/kernel/core_pattern", "sys/kernel/hostname", "sys/vm/drop_caches"])
    func refusesToChangeTheKernel(_ setting: String) async throws {
        #expect(try await run("[ -e /proc/\(setting) ] && ! true 2>/dev/null >>/proc/\(setting)").status == .code(0))
    }

    @Test func writesWhereItMay() async throws {
        let binds = [SandboxProfile.Bind(directory.path, at: "/workspace", writable: true)]
        let result = try await run("echo made >file && pwd", binds: binds, directory: "/workspace")
        #expect(result.text == "/workspace\n")
        #expect(directory.read("file") == "made\n")
    }

    @Test(arguments: ["two words", "line\nfeed", "日本 ü", "--ro-bind", "'\"$x`\\"])
    func bindsPathsOfAnyName(_ name: String) async throws {
        directory.write("inside", to: "\(name)/file")
        let bind = SandboxProfile.Bind("\(directory.path)/\(name)", at: "/home/agent/\(name)", writable: true)
        let result = try await run("cat file", binds: [bind], directory: "/home/agent/\(name)")
        #expect(result.text == "inside")
    }

    @Test func mountsNothingTwice() {
        let sandbox = BubblewrapSandbox(executable: "bwrap", root: .read())
        func mounts(_ binds: [SandboxProfile.Bind]) -> [String] {
            Array(
                sandbox.confine(Command("true"), SandboxProfile(binds: binds)).arguments
                    .drop { $0 != "/run" }.dropFirst().prefix { $0 != "--remount-ro" }
            )
        }
        let shown: [SandboxProfile.Bind] = [.init("/usr/bin"), .init("/bin"), .init("/usr/lib", optional: true)]
        #expect(mounts(shown).isEmpty)
        let tree = SandboxProfile.Bind("/a", at: "/tree", writable: true)
        let over = SandboxProfile.Bind("/b", at: "/tree/b")
        #expect(mounts([over, tree, over]) == ["--bind", "/a", "/tree", "--ro-bind", "/b", "/tree/b"])
        // What is writable must not hide what was asked for, and what is elsewhere must come.
        let writable = SandboxProfile.Bind("/usr/local", writable: true)
        #expect(mounts([writable, .init("/usr/local/bin")]).count == 6)
        #expect(mounts([.init("/usr/bin", at: "/programs")]) == ["--ro-bind", "/usr/bin", "/programs"])
    }

    @Test func laterBindsLieOverEarlierOnes() async throws {
        directory.write("private", to: "tree/hidden/file")
        directory.write("public", to: "other/file")
        let binds: [SandboxProfile.Bind] = [
            .init("\(directory.path)/tree", at: "/workspace", writable: true),
            .init("\(directory.path)/other", at: "/workspace/hidden"),
        ]
        #expect(try await run("cat /workspace/hidden/file; rmdir /workspace/hidden", binds: binds).text == "public")
        #expect(directory.read("tree/hidden/file") == "private")
    }

    @Test func missingSourcesFailUnlessOptional() async throws {
        let path = "\(directory.path)/missing"
        #expect(try await run("true", binds: [.init(path, optional: true)]).status == .code(0))
        let result = try await run("true", binds: [.init(path)])
        #expect(result.status == .code(1))
        #expect(result.errorText.contains(path))
    }

    @Test func seesOnlyItsOwnProcesses() async throws {
        let pids = try await run("echo /proc/[0-9]*").text.split(separator: " ").count
        #expect(pids == 2)
        #expect(try await run("kill -0 \(getpid())").status == .code(1))
    }

    @Test func hasNoNetworkUnlessAllowed() async throws {
        let routes =
            "tail -n +2 /proc/net/route /proc/net/ipv6_route | grep -v ' lo$' | grep -c :; tail -n +3 /proc/net/dev"
        let devices = try await run(routes, network: .none).lines.dropFirst()
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
        #expect(devices.count == 1)
        #expect(devices.first?.hasPrefix("lo:") == true)
        let link = "readlink /proc/self/ns/net"
        let own = try await launcher.run(.shell(link)).text
        #expect(try await run(link, network: .none).text != own)
        #expect(try await run(link, network: .full).text == own)
    }

    @Test func hasNoRightsOverItsNamespace() async throws {
        let rights = try await run("grep -E 'Cap(Eff|Prm|Bnd)|NoNewPrivs' /proc/self/status")
        #expect(rights.lines.filter { $0.hasPrefix("Cap") }.allSatisfy { $0.hasSuffix("\t0000000000000000") })
        #expect(rights.lines.last == "NoNewPrivs:\t1")
        #expect(!(try await run("mount -t tmpfs none /tmp")).status.isSuccess)
        #expect(!(try await run("mount -o remount,rw /")).status.isSuccess)
        #expect(!(try await run("unshare -Ur true")).status.isSuccess)
    }

    @Test func givesExactlyTheEnvironmentAndTheDirectory() async throws {
        let environment = [
            "A": "two words\nand a line", "EMPTY": "", "LD_BIND_NOW": "1", "TMPDIR": "/tmp/x", "MALLOC_ARENA_MAX": "1",
        ]
        let inner = Command("/usr/bin/env", ["-0"], environment: environment, directory: "/usr")
        let command = try await workingSandbox().confine(inner, SandboxProfile())
        let result = try await launcher.run(command)
        let variables = result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(variables.sorted() == (environment.map { "\($0)=\($1)" } + ["PWD=/usr"]).sorted())
    }

    @Test func keepsVariablesOutOfTheArguments() async throws {
        let inner = Command("/bin/true", environment: ["API_KEY": "secret"])
        let command = try await workingSandbox().confine(inner, SandboxProfile())
        #expect(!command.arguments.contains { $0.contains("secret") })
        #expect(command.environment == ["API_KEY": "secret"])
    }

    @Test func resolvesNamesAndUsersAsTheHost() async throws {
        #expect(try await run("cat /etc/passwd").output == launcher.run(.shell("cat /etc/passwd")).output)
        #expect(try await run("cat /etc/resolv.conf").output == launcher.run(.shell("cat /etc/resolv.conf")).output)
        #expect(try await run("date +%Z").output == launcher.run(.shell("date +%Z")).output)
    }

    @Test func aTimeoutEndsEverythingInside() async throws {
        let script =
            "setsid sleep 1000 & setsid setsid sleep 1001 & echo started; trap '' TERM INT; while :; do sleep 1; done"
        let marker = "makima-marker-\(directory.path.suffix(6))"
        let command = Command.shell(script, environment: ["MARKER": marker])
        let confined = try await workingSandbox().confine(command, SandboxProfile())
        await #expect(throws: ProcessError.self) {
            try await launcher.run(confined, timeout: .seconds(1), outputCap: 100)
        }
        let found = try await launcher.run(.shell("grep -lz \(marker) /proc/[0-9]*/environ 2>/dev/null | grep -v self"))
        #expect(found.text.isEmpty)
    }

    /// Root's tests would else not notice what only root may do.
    @Test func worksForAnOrdinaryUser() async throws {
        let confined = try await workingSandbox()
            .confine(.shell("id -u; mount -t tmpfs none /tmp || echo refused"), SandboxProfile())
        var command = confined
        if getuid() == 0 {
            command.program = "/usr/bin/setpriv"
            command.arguments =
                ["--reuid=65534", "--regid=65534", "--clear-groups", confined.program] + confined.arguments
        }
        #expect(try await launcher.run(command).lines == [getuid() == 0 ? "65534" : "\(getuid())", "refused"])
    }
}
