import Glibc
import Synchronization

/// A process that runs beside a test.
///
/// It is killed with this value, at the latest.
final class BackgroundProcess: Sendable {
    private let pid: pid_t
    var number: Int32 { pid }
    private let output: Int32
    private let hold: Int32
    private let isReaped = Mutex(false)

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        var input: [Int32] = [0, 0]
        var lines: [Int32] = [0, 0]
        guard pipe(&input) == 0, pipe(&lines) == 0 else { throw Failure(code: errno) }
        for descriptor in input + lines { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, lines[1], 1)
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, program, &actions, nil, &argv, &envp)
        close(input[0])
        close(lines[1])
        guard code == 0 else { throw Failure(code: code) }
        pid = child
        hold = input[1]
        output = lines[0]
    }

    deinit {
        kill()
        close(hold)
        close(output)
    }

    struct Failure: Error {
        var code: Int32
    }

    /// Reads up to the first line feed.
    func firstLine() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    func signal(_ number: Int32) {
        _ = Glibc.kill(pid, number)
    }

    /// Kills the process and waits until it is gone.
    func kill() {
        signal(SIGKILL)
        _ = exitStatus()
    }

    /// Waits for the end; returns the exit code, or minus the signal.
    func exitStatus() -> Int32 {
        isReaped.withLock { isReaped in
            guard !isReaped else { return 0 }
            isReaped = true
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        }
    }
}

extension Installation {
    /// Starts makima in the repository; its standard output goes nowhere that is read.
    func start(_ arguments: String...) throws -> BackgroundProcess {
        try start(arguments)
    }
}
