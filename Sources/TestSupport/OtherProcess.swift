import Glibc

/// This test program, started once more to play a part in a process of its own.
///
/// The part is the one of the suites named `OtherProcessParts` that `MAKIMA_TEST_PART` asks for. It reports by writing
/// bytes to descriptor 3, and the test ends it.
package final class OtherProcess {
    private let pid: pid_t
    private let reports: Int32
    private var isReaped = false

    package init(part: String, path: String) throws {
        // A process that plays a part starts no further ones, whatever it was told to run.
        guard getenv("MAKIMA_TEST_PART") == nil else { throw SystemCallError(code: EPERM) }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemCallError(code: errno) }
        defer { close(ends[1]) }
        reports = ends[0]
        _ = fcntl(reports, F_SETFD, FD_CLOEXEC)
        pid = try Self.spawn(part: part, path: path, reportTo: ends[1])
    }

    deinit {
        kill()
        close(reports)
    }

    /// Waits for one byte; `nil` when the process ended without one.
    package func nextReport() -> UInt8? {
        var byte: UInt8 = 0
        return read(reports, &byte, 1) == 1 ? byte : nil
    }

    /// Ends it as a crash would, and waits until it is gone.
    package func kill() {
        guard !isReaped else { return }
        isReaped = true
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    package var processNumber: Int32 { pid }

    private static func spawn(part: String, path: String, reportTo descriptor: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream: Int32 in [1, 2] { posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0) }
        posix_spawn_file_actions_adddup2(&actions, descriptor, 3)
        let arguments = ["other-process", "--testing-library", "swift-testing", "--filter", "OtherProcessParts"]
        let environment = ["MAKIMA_TEST_PART=\(part)", "MAKIMA_TEST_PATH=\(path)"] + ownEnvironment()
        var pid: pid_t = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { posix_spawn(&pid, "/proc/self/exe", &actions, nil, arguments, $0) }
        }
        guard code == 0 else { throw SystemCallError(code: code) }
        return pid
    }

    private static func ownEnvironment() -> [String] {
        ["PATH", "LD_LIBRARY_PATH"]
            .compactMap { (name: String) -> String? in
                guard let value = getenv(name) else { return nil }
                return name + "=" + String(cString: value)
            }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return body(copies)
    }
}

/// A system call of a test failed.
package struct SystemCallError: Error {
    package var code: Int32

    package init(code: Int32) {
        self.code = code
    }
}
