import Domain
import Testing

@testable import Agents

/// A recorded conversation with an agent of the Agent Client Protocol, both ways.
struct RecordedDialogue {
    /// One line, and whether the agent said it.
    struct Line {
        let isAgents: Bool
        let text: String
    }

    let lines: [Line]

    init(_ name: String, of program: String) throws {
        let path = try Transcript.folder(of: program) + name + ".transcript"
        let text = try #require(Transcript.bytes(path), "There is no transcript at \(path)")
        lines = text.split(separator: UInt8(ascii: "\n"))
            .compactMap { line in
                let line = String(decoding: line, as: UTF8.self)
                let mark = line.drop { $0 == " " }.drop { $0 != " " }.dropFirst()
                guard mark.hasPrefix("<- ") || mark.hasPrefix("-> {") else { return nil }
                return Line(isAgents: mark.hasPrefix("<-"), text: String(mark.dropFirst(3)))
            }
    }

    /// What a reader made of it when it was fed the agent's lines, one after the other.
    struct Reading {
        var events: [AgentEvent] = []
        var told: [JSONValue] = []
        var isClosed = false
        var outcome: AgentOutcome
    }

    /// Interrupts after the agent has had so many lines; `nil` never does.
    func read(
        _ reader: inout some AgentOutputReader,
        _ exit: AgentExit = Samples.exit(0),
        interruptAfter interruption: Int? = nil
    ) throws -> Reading {
        var reading = Reading(outcome: AgentOutcome(end: .incomplete))
        func listen() throws {
            let input = reader.takeInput()
            reading.told += try input.bytes.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Array($0)) }
            reading.isClosed = reading.isClosed || input.isLast
        }
        try listen()
        for (index, line) in lines.filter(\.isAgents).enumerated() {
            if index == interruption { _ = reader.hear(.interrupt) }
            reading.events += reader.consume(Array((line.text + "\n").utf8))
            try listen()
        }
        reading.events += reader.finish()
        reading.outcome = reader.outcome(of: exit)
        return reading
    }

    /// What the client said in the recorded run, until the answer to the first prompt came.
    var expected: [JSONValue] {
        get throws {
            let end = lines.firstIndex { $0.isAgents && $0.text.contains(#""id":3,"result""#) } ?? lines.endIndex
            return try lines[..<end].filter { !$0.isAgents }.map { try JSONParser.parse(Array($0.text.utf8)) }
        }
    }
}
