import Agents
import Domain
import Glibc
import Testing

/// The recorded output of a real run.
struct Transcript {
    let name: String
    let output: [UInt8]
    let errors: [UInt8]

    /// Reads a run of Claude Code 2.1.330.
    init(_ name: String, testFile: String = #filePath) throws {
        self.name = name
        let tests = testFile[..<(try #require(testFile.firstRange(of: "/AgentsTests/"))).lowerBound]
        let path = "\(tests)/Fixtures/agents/claude/2.1.330/\(name)"
        output = try #require(Self.bytes(path + ".stdout"), "There is no transcript at \(path).stdout")
        errors = Self.bytes(path + ".stderr") ?? []
    }

    /// What is read out of it when the process ended like `cause`.
    func outcome(_ cause: AgentExit.Cause, session: AgentSession? = nil) throws -> AgentOutcome {
        var reader = ClaudeReader(request: try Samples.request(session: session), zones: Samples.zones)
        return reader.read(output, AgentExit(cause, errorTail: errors, endedAt: Samples.recorded))
    }

    func events() throws -> [AgentEvent] {
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        return reader.consume(output) + reader.finish()
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}
