import FoundationEssentials
import Glibc
import Processes

/// A directory for one play, with a real repository in it; removed with everything when the value goes away.
final class Playground: Sendable {
    let path: String
    private let launcher: any CommandLauncher

    init(launcher: any CommandLauncher) throws {
        var template = Array("/tmp/makima-replay.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw PlaygroundError(message: "mkdtemp failed: \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.launcher = launcher
    }

    deinit {
        // What a sandbox left unremovable stays below /tmp: nobody is waiting for an answer here.
        try? FileManager.default.removeItem(atPath: path)
    }

    var repository: String { "\(path)/repository" }
    var state: String { "\(path)/state" }
    var home: String { "\(path)/home" }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
    }

    /// Writes a file below the directory, with the directories above it.
    func write(_ bytes: [UInt8], to name: String, isExecutable: Bool = false) throws {
        let file = "\(path)/\(name)"
        let parent = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        guard FileManager.default.createFile(atPath: file, contents: Data(bytes)) else {
            throw PlaygroundError(message: "\(file) cannot be written")
        }
        if isExecutable { chmod(file, 0o755) }
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    /// Runs git in the repository, or in another directory, and returns what it printed.
    @discardableResult
    func git(_ arguments: String..., in directory: String? = nil) async throws -> String {
        let identity = ["GIT_AUTHOR", "GIT_COMMITTER"]
            .flatMap { [("\($0)_NAME", "Replay"), ("\($0)_EMAIL", "replay@localhost")] }
        var environment = Dictionary(identity) { first, _ in first }
        environment["PATH"] = ReplayStage.searchPath
        environment["HOME"] = home
        environment["GIT_CONFIG_NOSYSTEM"] = "1"
        environment["GIT_OPTIONAL_LOCKS"] = "0"
        let place = directory ?? repository
        let result = try await launcher.run(
            Command("git", arguments, environment: environment, directory: place)
        )
        guard result.status.isSuccess else {
            let words = String(decoding: result.errorOutput, as: UTF8.self)
            throw PlaygroundError(message: "git \(arguments.joined(separator: " ")): \(words)")
        }
        return String(decoding: result.output, as: UTF8.self)
    }
}

/// The place for a play could not be prepared.
struct PlaygroundError: Error, CustomStringConvertible {
    var message: String

    var description: String { message }
}
