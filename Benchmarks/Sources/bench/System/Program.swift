import Glibc

/// A program to start: found by its path, its streams in files.
struct Program {
    var arguments: [String]
    var environment: [String: String]
    var directory: String
    var input = "/dev/null"
    var output = "/dev/null"
    /// Where its diagnostics go; the end of it is quoted when it fails.
    var errors: String

    /// Runs it to its end; another exit status than those of `accepted` is an error.
    @discardableResult
    func run(accepting accepted: Set<Int32> = [0]) throws(BenchError) -> Finished {
        try check(try start().wait(), accepting: accepted)
    }

    func check(_ finished: Finished, accepting accepted: Set<Int32>) throws(BenchError) -> Finished {
        guard accepted.contains(finished.status) else {
            let message = (Files.read(errors) ?? "").suffix(2000)
            throw .failed(command: arguments.joined(separator: " "), status: finished.status, message: String(message))
        }
        return finished
    }

    func start() throws(BenchError) -> RunningProgram {
        // The directory is inherited: this process has one thread, and all paths here are absolute.
        guard chdir(directory) == 0 else { throw .file(path: directory, operation: "entered", code: errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o644)
        let argumentStrings = CStrings(arguments)
        let variables = CStrings(environment.map { "\($0.key)=\($0.value)" })
        defer {
            argumentStrings.free()
            variables.free()
        }
        var pid = pid_t()
        let begun = Clocks.monotonic()
        let begunOnWall = Clocks.wall()
        let code = posix_spawn(&pid, arguments[0], &actions, nil, argumentStrings.pointers, variables.pointers)
        guard code == 0 else { throw .notStarted(program: arguments[0], code: code) }
        return RunningProgram(pid: pid, begun: begun, begunOnWall: begunOnWall)
    }
}

/// A started program, which must be waited for exactly once.
struct RunningProgram {
    let pid: pid_t
    let begun: Double
    let begunOnWall: Double

    /// Waits for the end.
    func wait() -> Finished {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
        return finished(status, usage)
    }

    /// Returns the end when it has come.
    func poll() -> Finished? {
        var status: Int32 = 0
        var usage = rusage()
        return wait4(pid, &status, WNOHANG, &usage) == pid ? finished(status, usage) : nil
    }

    func kill(_ signal: Int32) {
        _ = Glibc.kill(pid, signal)
    }

    private func finished(_ status: Int32, _ usage: rusage) -> Finished {
        let signal = status & 0x7F
        return Finished(
            seconds: Clocks.monotonic() - begun,
            endedOnWall: Clocks.wall(),
            cpuSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime),
            status: signal == 0 ? status >> 8 & 0xFF : 128 + signal
        )
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}

/// How a program ended and what it used.
struct Finished {
    var seconds: Double
    var endedOnWall: Double
    /// Of the program and of every descendant that was waited for.
    var cpuSeconds: Double
    /// As a shell tells it: 128 and the signal's number when a signal ended it.
    var status: Int32
}

/// The form in which `posix_spawn` takes its strings.
private struct CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        pointers = strings.map { strdup($0) } + [nil]
    }

    func free() {
        for pointer in pointers { Glibc.free(pointer) }
    }
}
