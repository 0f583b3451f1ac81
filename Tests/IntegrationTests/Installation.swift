import Domain
import Glibc
import Processes
import TestSupport

/// The makima that this test run built, with a home, a state directory and a repository of its own.
struct Installation: Sendable {
    let directory = TemporaryDirectory("makima-integration")
    private let launcher = PosixSpawnLauncher()
    /// Added to the environment of every call.
    var variables: [String: String] = [:]

    /// Makes a repository with one commit that holds `files`.
    init(files: [String: String] = ["README.md": "hello\n"]) async throws {
        for (name, text) in files { directory.write(text, to: "repository/\(name)") }
        try await git("init", "--quiet", "--initial-branch=main")
        try await git("add", "--all")
        try await git("commit", "--quiet", "--message", "Begin")
    }

    var repository: String { "\(directory.path)/repository" }
    var state: String { variables["MAKIMA_STATE_DIR"] ?? "\(directory.path)/state" }

    var environment: [String: String] {
        let own = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "\(directory.path)/home", "LANG": "C.UTF-8",
            "MAKIMA_STATE_DIR": state, "XDG_CONFIG_HOME": "\(directory.path)/config",
            // A machine for tests may have a small disk.
            "MAKIMA_DISK_RESERVE_MIB": "0",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Test",
            "GIT_AUTHOR_EMAIL": "test@localhost", "GIT_COMMITTER_NAME": "Test",
            "GIT_COMMITTER_EMAIL": "test@localhost", "SWIFT_BACKTRACE": "enable=no",
        ]
        return own.merging(variables) { _, given in given }
    }

    /// The directory with the executables of this build.
    static let products: String = {
        guard let path = realpath("/proc/self/exe", nil) else { return "." }
        defer { free(path) }
        let executable = String(cString: path)
        return String(executable[..<(executable.lastIndex(of: "/") ?? executable.endIndex)])
    }()

    static var makima: String { "\(products)/makima" }

    /// Runs makima in the repository and waits for its end.
    @discardableResult
    func makima(_ arguments: String...) async throws -> Answer {
        try await call(arguments)
    }

    func call(_ arguments: [String]) async throws -> Answer {
        let command = Command(
            Self.makima,
            arguments,
            environment: environment,
            directory: repository
        )
        return Answer(try await launcher.run(command, timeout: .seconds(240), outputCap: 16 << 20))
    }

    /// Runs git in the repository; a failure fails the test.
    @discardableResult
    func git(_ arguments: String...) async throws -> String {
        let result = try await launcher.run(
            Command("git", arguments, environment: environment, directory: repository)
        )
        guard result.status.isSuccess else {
            throw GitFailure(message: String(decoding: result.errorOutput, as: UTF8.self))
        }
        return String(decoding: result.output, as: UTF8.self)
    }

    /// Lets agents end with their makima, as they do where nobody could go on with them.
    mutating func endAgentsWithTheirOwner() { variables["MAKIMA_AUTONOMOUS_LOOP_ORPHAN_TIMEOUT"] = "0" }

    /// Undoes what an agent did to the mode of a directory, so that it can be removed.
    func makeReadable(_ path: String) {
        chmod(path, 0o755)
    }

    struct GitFailure: Error {
        var message: String
    }

    /// Writes the person's own `config.toml`.
    func configure(_ text: String) {
        directory.write(text, to: "config/makima/config.toml")
    }

    /// Writes an agent: a shell script that is given the prompt on standard input.
    ///
    /// A test double, no intelligence.
    mutating func agent(_ script: String) {
        let path = directory.write("#!/bin/sh\n\(script)\n", to: "agent/agent.sh", mode: 0o755)
        variables["MAKIMA_AGENTS_DOUBLE_KIND"] = "command"
        variables["MAKIMA_AGENTS_DOUBLE_COMMAND"] = path
    }
}

/// What a call of makima printed and how it ended.
struct Answer: Sendable {
    let status: ExitStatus
    let output: String
    let errorOutput: String

    init(_ result: CommandResult) {
        status = result.status
        output = String(decoding: result.output, as: UTF8.self)
        errorOutput = String(decoding: result.errorOutput, as: UTF8.self)
    }

    /// The task of the last line of `--json`; `nil` when the last line is none.
    var task: JSONValue? {
        guard let line = output.split(separator: "\n").last else { return nil }
        // A line that is no JSON is the test's failure, seen where the task is used.
        return (try? JSONParser.parse(Array(line.utf8)))?["task"]
    }
}

/// The words with which an agent says what it has to say.
enum Gate {
    static let ready = "printf '<COMPLETION_GATE>\\nready: true\\nreason: \"done\"\\n</COMPLETION_GATE>\\n'"
    static let notReady = "printf '<COMPLETION_GATE>\\nready: false\\nreason: \"more\"\\n</COMPLETION_GATE>\\n'"
}
