import Domain
import Processes
import Synchronization

/// A shell that stays in the sandbox with the vault of one workspace, so that a checkpoint pays neither for a sandbox
/// nor for programs that git can keep running.
///
/// It starts with the first use and again after it was lost. One operation at a time uses it: the caller has the
/// workspace's turnstile.
final class VaultKeeper: Sendable {
    /// What one line of shell printed, and how it ended.
    struct Answer: Sendable {
        var status: Int32
        var output: [UInt8]
        var errorOutput: [UInt8]
    }

    private let shell: VaultShell
    private let access: VaultAccess
    private let variables: [String: String]
    private let directory: String?
    private let coprocess = Mutex<Coprocess?>(nil)

    private static let commitChannel = 1
    private static let comparisonChannel = 2
    private static let timeout = Duration.seconds(600)

    /// `variables` come on top of those of every script; `directory` is that of the files by default.
    init(_ shell: VaultShell, access: VaultAccess, variables: [String: String] = [:], directory: String? = nil) {
        self.shell = shell
        self.access = access
        self.variables = variables
        self.directory = directory
    }

    /// Ends the shell and waits for its end; the next use starts another one.
    func close() async {
        let running = coprocess.withLock { coprocess in
            defer { coprocess = nil }
            return coprocess
        }
        await running?.close()
    }

    /// Runs `body`, and once more with another shell where the first was lost: somebody killed it, or memory ran out.
    ///
    /// Whatever was left half done, `body` must find and do again.
    func persistently<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch is VaultKeeperLost {
            do {
                return try await body()
            } catch let lost as VaultKeeperLost {
                throw lost.asWorkspaceError
            }
        }
    }

    /// Runs one line of shell and returns what it printed; a status other than 0 is an error.
    func run(_ line: String, to operation: String) async throws -> [UInt8] {
        let answer = try await attempt(line, to: operation)
        guard answer.status == 0 else { throw Self.failure(operation, answer) }
        return answer.output
    }

    func attempt(_ line: String, to operation: String) async throws -> Answer {
        let (coprocess, bytes) = try await exchange(line + "\n", channel: 0, to: operation, until: KeeperAnswer.isWhole)
        guard let (status, output) = KeeperAnswer.parts(of: bytes) else {
            throw WorkspaceError.unreadableOutput(operation: operation)
        }
        return Answer(status: status, output: output, errorOutput: coprocess.takeErrorOutput())
    }

    /// Writes the commit that the file `makima/commit` of the vault holds.
    func writeCommit() async throws -> CommitID {
        let operation = "write a commit"
        let request = "\(shell.view.vault)/makima/commit\n"
        let (_, bytes) = try await exchange(request, channel: Self.commitChannel, to: operation) { $0.last == 0x0a }
        guard let commit = CommitID(rawValue: GitOutput.line(bytes)) else {
            throw WorkspaceError.unreadableOutput(operation: operation)
        }
        return commit
    }

    func changeSize(from: TreeID, to: TreeID) async throws -> ChangeSize {
        let header = Array("\(from) \(to)\n".utf8)
        let end = Array("end\n".utf8)
        // Git repeats what is no pair of trees, and every path before it ends in NUL.
        let (_, bytes) = try await exchange(
            "\(from) \(to)\nend\n",
            channel: Self.comparisonChannel,
            to: "measure a change"
        ) {
            $0.suffix(end.count).elementsEqual(end)
                && ($0.count == header.count + end.count || $0.dropLast(end.count).last == 0)
        }
        return GitOutput.changeSize(GitOutput.records(Array(bytes.dropFirst(header.count).dropLast(end.count))))
    }

    // MARK: - The process

    private func exchange(
        _ request: String,
        channel: Int,
        to operation: String,
        until isWhole: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> (Coprocess, [UInt8]) {
        let coprocess = try await running()
        do {
            let bytes = try await coprocess.exchange(
                Array(request.utf8),
                channel: channel,
                patience: shell.patience(with: access, timeout: Self.timeout),
                isComplete: isWhole
            )
            return (coprocess, bytes)
        } catch ProcessError.coprocessEnded {
            await close()
            throw VaultKeeperLost(operation: operation, errorOutput: coprocess.takeErrorOutput())
        } catch ProcessError.answerTooLong {
            await close()
            throw WorkspaceError.tooMuchOutput(operation: operation)
        } catch {
            await close()
            throw error
        }
    }

    private func running() async throws -> Coprocess {
        if let running = coprocess.withLock({ $0 }) { return running }
        let command = Command(
            "/bin/sh",
            ["-c", KeeperScript.text, "makima"],
            environment: shell.environment(access: access).merging(variables) { _, new in new },
            directory: directory ?? shell.view.tree
        )
        let started = try await shell.launcher.start(
            shell.confine(command, access),
            channels: 3,
            errorOutput: "\(shell.layout.vault)/makima/errors"
        )
        coprocess.withLock { $0 = started }
        return started
    }

    static func failure(_ operation: String, _ answer: Answer) -> WorkspaceError {
        .gitFailed(
            operation: operation,
            status: .code(answer.status),
            message: GitOutput.message(
                CommandResult(status: .code(answer.status), output: [], errorOutput: answer.errorOutput)
            )
        )
    }
}

/// The keeper ended in the midst of an operation; nobody knows how far that came.
struct VaultKeeperLost: Error {
    var operation: String
    var errorOutput: [UInt8]

    var asWorkspaceError: WorkspaceError {
        .gitFailed(
            operation: operation,
            status: .signal(9),
            message: GitOutput.message(CommandResult(status: .signal(9), output: [], errorOutput: errorOutput))
        )
    }
}

/// How an answer of the keeper's shell is told from what comes in it.
///
/// Records end in NUL and none is empty, so that two of them in a row come only here: `output NUL NUL status NUL NUL`.
enum KeeperAnswer {
    static func isWhole(_ bytes: [UInt8]) -> Bool { statusStart(of: bytes) != nil }

    static func parts(of bytes: [UInt8]) -> (status: Int32, output: [UInt8])? {
        guard let start = statusStart(of: bytes) else { return nil }
        let digits = String(decoding: bytes[start..<(bytes.count - 2)], as: UTF8.self)
        return Int32(digits).map { ($0, Array(bytes[..<(start - 2)])) }
    }

    private static func statusStart(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 5, bytes.suffix(2).allSatisfy({ $0 == 0 }) else { return nil }
        var start = bytes.count - 2
        while start > 0, (0x30...0x39).contains(bytes[start - 1]), bytes.count - start < 6 { start -= 1 }
        guard start < bytes.count - 2, start >= 2, bytes[start - 1] == 0, bytes[start - 2] == 0 else { return nil }
        return start
    }
}
