import Agents
import Domain
import Processes
import Testing

/// What the tests of agents are made of.
enum Samples {
    /// 2026-11-22 09:45:15 UTC: when most of the recorded runs were made.
    static let recorded = Timestamp(millisecondsSince1970: 1_795_340_715_000)

    static func request(
        _ kind: AgentKind = .claude,
        command: [String] = [],
        prompt: String = "mend it",
        session: AgentSession? = nil
    ) throws -> AgentRequest {
        AgentRequest(
            configuration: AgentConfiguration(name: kind.rawValue, kind: kind, command: command),
            plan: prompt,
            prompt: prompt,
            taskID: try #require(TaskID(rawValue: "0123456789")),
            iteration: 2,
            maxIterations: 10,
            session: session,
            site: .confined
        )
    }

    static func host(_ environment: [String: String] = [:], directory: String = "/nowhere") -> AgentHost {
        AgentHost(
            environment: ["PATH": "/usr/bin:/bin"].merging(environment) { _, given in given },
            home: "/home/somebody",
            directory: directory,
            executable: "/usr/local/bin/makima"
        )
    }

    static func exit(_ code: Int32, errors: String = "", at end: Timestamp = recorded) -> AgentExit {
        AgentExit(.exited(.code(code)), errorTail: Array(errors.utf8), endedAt: end)
    }

    static let zones = TimeZoneDirectory(localName: "UTC")
}

extension AgentOutputReader {
    /// Reads all of `output` and judges the end.
    mutating func read(_ output: String, _ exit: AgentExit) -> AgentOutcome {
        read(Array(output.utf8), exit)
    }

    mutating func read(_ output: [UInt8], _ exit: AgentExit) -> AgentOutcome {
        _ = consume(output)
        _ = finish()
        return outcome(of: exit)
    }

    /// Reads `output` in pieces whose sizes `nextSize` says.
    mutating func events(of output: [UInt8], inPiecesOf nextSize: () -> Int) -> [AgentEvent] {
        var events: [AgentEvent] = []
        var rest = output[...]
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, nextSize()))
            events += consume(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return events + finish()
    }
}
