import Agents
import Domain
import Processes

/// A recorded output, perhaps damaged, that is fed to the reader of agents' output in pieces of all sizes.
///
/// How the bytes are cut into pieces must not change what is made of them, and an output that is cut short must not be
/// taken for one that came to its end.
package struct ReaderTrial: Sendable {
    /// A recorded run of a real program.
    package struct Recording: Sendable {
        package var name: String
        package var output: [UInt8]

        package init(name: String, output: [UInt8]) {
            self.name = name
            self.output = output
        }
    }

    private let seed: UInt64
    private let recording: Recording
    private let output: [UInt8]
    private let isCutShort: Bool

    package init(seed: UInt64, of recordings: [Recording]) {
        var dice = Dice(seed: seed)
        self.seed = seed
        recording = dice.pick(recordings)
        switch dice.number(0...2) {
        case 0:
            output = recording.output
            isCutShort = false
        case 1:
            output = Self.cutInLastRecord(recording.output, &dice)
            // Of the first record alone nobody knows that it was to be one.
            isCutShort = output.contains(0x0A) && Self.endsWithItsResult(recording.output)
        default:
            output = Damage.done(to: recording.output, using: &dice)
            isCutShort = false
        }
    }

    package func failure() -> FuzzFailure? {
        var dice = Dice(seed: seed ^ 0x9EAD_E200)
        let whole = Self.outcome([output])
        let pieces = Self.outcome(Self.pieces(of: output, &dice))
        guard whole == pieces else {
            return complain("the pieces change the outcome from \(whole) to \(pieces)")
        }
        if isCutShort, Self.isReadAsRecords(recording.output), whole.end == .ok {
            return complain("cut in its last record, it is taken for complete")
        }
        return nil
    }

    private func complain(_ complaint: String) -> FuzzFailure {
        FuzzFailure(seed: seed, complaint: "\(recording.name): \(complaint)", input: output)
    }

    private static func outcome(_ pieces: [[UInt8]]) -> AgentOutcome {
        var reader = CommandReader(request: request, zones: TimeZoneDirectory())
        for piece in pieces { _ = reader.consume(piece) }
        _ = reader.finish()
        return reader.outcome(
            of: AgentExit(.exited(.code(0)), endedAt: Timestamp(millisecondsSince1970: 1_800_000_000_000))
        )
    }

    private static var request: AgentRequest {
        var dice = Dice(seed: 1)
        return AgentRequest(
            configuration: AgentConfiguration(name: "fuzz", kind: .command, command: ["fuzz"]),
            plan: "Do it.",
            prompt: "Do it.",
            taskID: TaskID(using: &dice),
            iteration: 1,
            maxIterations: 10,
            site: .confined
        )
    }

    /// Text has no last record; and records that nobody knows are text.
    private static func isReadAsRecords(_ output: [UInt8]) -> Bool {
        output.first == UInt8(ascii: "{") && outcome([output]).finalMessage?.hasPrefix("{") != true
    }

    /// Whether the last record is the one that says how the run ended: some programs say more after it.
    private static func endsWithItsResult(_ output: [UInt8]) -> Bool {
        let last = output.split(separator: 0x0A).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return ["\"type\":\"result\"", "\"turn.completed\"", "\"role\":\"assistant\"", "\"role\": \"assistant\""]
            .contains { last.contains($0) }
    }

    /// At least one byte of the last record is missing, and at least one is there.
    private static func cutInLastRecord(_ output: [UInt8], _ dice: inout Dice) -> [UInt8] {
        guard let end = output.lastIndex(where: { $0 != 0x0A }) else { return output }
        let start = output[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        guard start < end else { return output }
        return Array(output[...dice.number(start...(end - 1))])
    }

    private static func pieces(of output: [UInt8], _ dice: inout Dice) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = output[...]
        let most = dice.pick([1, 7, 100, 5000])
        while !rest.isEmpty, pieces.count < 20_000 {
            let count = min(rest.count, dice.number(1...most))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces + [Array(rest)]
    }
}
