import Agents
import Domain
import Glibc
import Testing

/// The recorded output of a real run.
struct Transcript {
    let name: String
    let output: [UInt8]
    let errors: [UInt8]

    /// Reads a run of Claude Code 2.1.330, or of another program, named as its folder is.
    init(_ name: String, of program: String = "claude/2.1.330") throws {
        self.name = name
        let path = try Self.folder(of: program) + name
        output = try #require(Self.bytes(path + ".stdout"), "There is no transcript at \(path).stdout")
        errors = Self.bytes(path + ".stderr") ?? []
    }

    /// The names of all recorded runs of a program.
    static func names(of program: String, endingIn suffix: String = ".stdout") throws -> [String] {
        let directory = try #require(opendir(try folder(of: program)))
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let file = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if file.hasSuffix(suffix) { names.append(String(file.dropLast(suffix.count))) }
        }
        return names.sorted()
    }

    static func folder(of program: String, testFile: String = #filePath) throws -> String {
        let tests = testFile[..<(try #require(testFile.firstRange(of: "/AgentsTests/"))).lowerBound]
        return "\(tests)/Fixtures/agents/\(program)/"
    }

    /// What is read out of it when the process ended like `cause`.
    func outcome(_ cause: AgentExit.Cause, session: AgentSession? = nil) throws -> AgentOutcome {
        var reader = ClaudeReader(request: try Samples.request(session: session), zones: Samples.zones)
        return reader.read(output, AgentExit(cause, errorTail: errors, endedAt: Samples.recorded))
    }

    /// What is read out of it where a script of the user's started the program.
    func outcomeBehindCommand(_ cause: AgentExit.Cause) throws -> AgentOutcome {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        return reader.read(output, AgentExit(cause, errorTail: errors, endedAt: Samples.recorded))
    }

    func events() throws -> [AgentEvent] {
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        return reader.consume(output) + reader.finish()
    }

    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}
