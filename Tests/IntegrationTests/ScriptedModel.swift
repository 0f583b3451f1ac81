import Domain
import Glibc
import Processes
import TestSupport

/// A model on loopback that plays `Tests/Fixtures/models/<name>.json`.
///
/// It ends with this value.
final class ScriptedModel: Sendable {
    /// As `http://127.0.0.1:PORT`.
    let url: String
    private let directory = TemporaryDirectory("makima-model")
    private let process: BackgroundProcess

    init(_ name: String, file: String = #filePath) async throws {
        let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
        let program = "/\(tests)/Support/scripted-model.py"
        process = try BackgroundProcess(
            "/usr/bin/python3",
            [program, "/\(tests)/Fixtures/models/\(name).json", "--log", "\(directory.path)/log"]
        )
        url = try JSONParser.parse(Array(process.firstLine().utf8))["url"]?.string ?? ""
    }

    deinit {
        process.kill()
    }

    /// What was asked so far, one JSON line a call.
    var log: String { directory.read("log") ?? "" }

    /// The conversations that the main requests were part of, in order; empty names where the caller tells none.
    var sessions: [String] {
        get throws { try calls.map { $0["session"]?.string ?? "" } }
    }

    /// The working directories that the callers told.
    var directories: [String] {
        get throws { try calls.map { $0["cwd"]?.string ?? "" } }
    }

    private var calls: [JSONValue] {
        get throws { try log.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8)) } }
    }

    /// Waits until the model was asked `count` times.
    func called(_ count: Int) async {
        while log.split(separator: "\n").count < count { await Task.yield() }
    }
}
