import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// What each part of the sandbox adds to the start of a program; prints a table for docs/BENCHMARKS.md.
///
/// `scripts/bench-sandbox` measures; among the tests it only shows that every way of starting works.
struct SandboxStartCosts {
    private static let isMeasuring = getenv("MAKIMA_BENCH_STARTS") != nil
    private static let starts = isMeasuring ? 200 : 2
    private let directory = TemporaryDirectory()

    @Test func fromTheStartOfTrueToItsEnd() async throws {
        var rows: [(name: String, times: [Double])] = [("bare `posix_spawn`", [])]
        let supervisor = Supervisor(shimPath: shimPath)
        let ways = try await self.ways()
        rows += ways.map { ($0.name, []) }
        // Turn and turn about, so that what else the machine does hits all alike.
        for round in 0..<Self.starts {
            rows[0].times.append(try Self.measure { try spawnBare() })
            for (index, way) in ways.enumerated() {
                let spool = "\(directory.path)/\(round)-\(index)"
                mkdir(spool, 0o700)
                var command = SupervisedCommand(
                    Command("/bin/true"),
                    sandbox: way.sandbox,
                    profile: way.profile,
                    spool: Spool(spool)
                )
                command.secrets = way.isRedacted ? Secrets() : nil
                let begun = Self.now()
                let record = try await supervisor.start(command).exit()
                rows[index + 1].times.append(Self.now() - begun)
                #expect(record.status == .code(0))
            }
        }
        if Self.isMeasuring { print(Self.table(rows)) }
    }

    private struct Way {
        var name: String
        var sandbox: any Sandbox
        var profile = SandboxProfile(network: .full)
        var isRedacted = true
    }

    private func ways() async throws -> [Way] {
        _ = try await workingSandbox()
        mkdir("\(directory.path)/room", 0o700)
        let root = SystemRoot.read(copyingInto: "\(directory.path)/room")
        func bubblewrap(_ layers: Set<SandboxLayer>) -> BubblewrapSandbox {
            BubblewrapSandbox(executable: "/usr/bin/bwrap", root: root, layers: layers)
        }
        // What makes sandboxes of its own is not held by Landlock.
        var loose = SandboxProfile(network: .full)
        loose.exceptions = [.nesting]
        let socket = directory.write("", to: "proxy")
        let proxied = SandboxProfile(network: .proxied(socket: socket))
        return [
            Way(name: "shim, output into files", sandbox: NoSandbox(), isRedacted: false),
            Way(name: "shim, output redacted", sandbox: NoSandbox()),
            Way(name: "+ bubblewrap", sandbox: bubblewrap([]), profile: loose),
            Way(name: "+ filter of system calls", sandbox: bubblewrap([.systemCallFilter]), profile: loose),
            Way(name: "+ Landlock, no user namespaces: `auto`", sandbox: bubblewrap(SandboxLayer.all)),
            Way(name: "+ network `allowlist`", sandbox: bubblewrap(SandboxLayer.all), profile: proxied),
        ]
    }

    private func spawnBare() throws {
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
        defer { free(arguments[0]) }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        #expect(posix_spawn(&pid, "/bin/true", nil, nil, &arguments, &environment) == 0)
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
    }

    private static func measure(_ body: () throws -> Void) rethrows -> Double {
        let begun = now()
        try body()
        return now() - begun
    }

    /// Milliseconds.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    private static func table(_ rows: [(name: String, times: [Double])]) -> String {
        let lines = rows.enumerated()
            .map { index, row in
                let sorted = row.times.sorted()
                let median = sorted[sorted.count / 2]
                let before = index == 0 ? nil : rows[index - 1].times.sorted()[sorted.count / 2]
                let added = before.map { text(median - $0) } ?? "–"
                return "| \(row.name) | \(text(median)) | \(text(sorted[sorted.count * 95 / 100])) | \(added) |"
            }
        return
            (["BENCH | Start | median, ms | p95, ms | added, ms |", "BENCH |---|---|---|---|"]
            + lines.map { "BENCH \($0)" })
            .joined(separator: "\n")
    }

    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let digits = String(abs(hundredths) % 100)
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(digits.count < 2 ? "0" : "")\(digits)"
    }
}
