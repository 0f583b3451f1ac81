import Domain
import LoopCore

/// A final message made of parts whose meaning is known, and what the gate reader has to make of it.
///
/// Parts are separated by blank lines, because Markdown lets code spans and list items reach over lines.
package struct GateTrial: Sendable {
    package let seed: UInt64
    package let message: String
    package let prompt: String
    package let expected: Expectation

    package enum Expectation: Hashable, Sendable {
        case missing
        case unterminated
        case stated(ready: Bool, isBlocked: Bool)
    }

    package init(seed: UInt64) {
        var dice = Dice(seed: seed)
        var expected = Expectation.missing
        let asked = GateText(using: &dice)
        let prompt = "Do what is to be done.\n\n\(asked.text)\n\nBegin."
        var parts: [String] = []
        for _ in 0..<dice.number(0...8) {
            if dice.once(in: 4) {
                let gate = GateText(using: &dice)
                parts.append("\(Self.word(&dice)) says:\n\(gate.text)")
                expected = .stated(ready: gate.isReady, isBlocked: gate.isBlocked)
            } else {
                parts.append(Self.noise(prompt: prompt, &dice))
            }
        }
        if dice.once(in: 10) {
            parts.append("<COMPLETION_GATE>\nready: true")
            expected = .unterminated
        }
        let text = parts.joined(separator: "\n\n")
        self.seed = seed
        self.prompt = prompt
        self.expected = expected
        message = dice.once(in: 3) ? text.replacing("\n", with: "\r\n") : text
    }

    /// Returns what is wrong with the reading of the message, and of a damaged one.
    package func failure() -> FuzzFailure? {
        let reading = GateReader.read(finalMessage: message, prompt: prompt)
        guard Expectation(reading) == expected else {
            return complain("expected \(expected), read \(reading)", about: Array(message.utf8))
        }
        var dice = Dice(seed: seed ^ 0xDA3A_6E00)
        let damaged = Damage.done(to: Array(message.utf8), using: &dice)
        let text = String(decoding: damaged, as: UTF8.self)
        guard GateReader.read(finalMessage: text, prompt: prompt).isReady, !Self.hasWitness(text) else { return nil }
        return complain("ready without a gate that says so", about: damaged)
    }

    private func complain(_ complaint: String, about input: [UInt8]) -> FuzzFailure {
        FuzzFailure(seed: seed, complaint: complaint, input: input)
    }

    /// Whether a line that may open a gate stands before the words "ready" and "true", by other means than the reader's.
    private static func hasWitness(_ text: String) -> Bool {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.filter(\.isLetter).uppercased() }
        for (index, line) in lines.enumerated() where line.hasSuffix("COMPLETIONGATE") {
            let rest = lines[(index + 1)...].joined(separator: "\n")
            if let ready = rest.firstRange(of: "READY"), rest[ready.upperBound...].contains("TRUE") { return true }
        }
        return false
    }

    // MARK: - Parts that are no gates

    private static func word(_ dice: inout Dice) -> String {
        dice.pick(["The agent", "Everything is done, ready: true, it", "Nobody", "A test", "The gate"])
    }

    private static func noise(prompt: String, _ dice: inout Dice) -> String {
        let gate = GateText.plain(using: &dice)
        switch dice.number(0...9) {
        case 0:
            let fence = dice.pick(["```", "````", "~~~", "~~~~~"])
            return "I wrote:\n\(fence)\(dice.pick(["", "text", " yaml"]))\n\(gate)\n\(fence)"
        case 1: return gate.split(separator: "\n").map { "> \($0)" }.joined(separator: "\n")
        case 2: return "See:\n\n" + gate.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        case 3: return "I shall print `<COMPLETION_GATE>` with `ready: true` in the end."
        case 4: return "No <COMPLETION_GATE> ready: true </COMPLETION_GATE> yet."
        case 5: return "COMPLETION_GATE: ready"
        case 6: return prompt
        case 7: return "ready: true\nblockers: []"
        case 8: return "The format is `\n\(gate)\n` as told."
        default: return "All tasks complete, all tests pass; STATUS: COMPLETE."
        }
    }
}

extension GateTrial.Expectation {
    init(_ reading: GateReading) {
        switch reading {
        case .missing: self = .missing
        case .malformed(.unterminated): self = .unterminated
        // No part states such a gate.
        case .malformed: self = .missing
        case .stated(let gate): self = .stated(ready: gate.ready, isBlocked: !gate.blockers.isEmpty)
        }
    }
}

/// A gate in one of its spellings.
private struct GateText {
    let isReady: Bool
    let isBlocked: Bool
    let text: String

    init(using dice: inout Dice) {
        let ready = dice.once(in: 2)
        let blocked = dice.once(in: 3)
        isReady = ready
        isBlocked = blocked
        text = Self.spelled(ready: ready, blocked: blocked, &dice)
    }

    static func plain(using dice: inout Dice) -> String {
        "<COMPLETION_GATE>\nready: \(dice.once(in: 2))\nreason: \"so\"\n</COMPLETION_GATE>"
    }

    private static func spelled(ready: Bool, blocked: Bool, _ dice: inout Dice) -> String {
        let body = dice.once(in: 4) ? json(ready, blocked, &dice) : lines(ready, blocked, &dice)
        switch dice.number(0...4) {
        case 0: return "**<completion_gate>**\n\(body)\n**</completion_gate>**"
        case 1: return "<COMPLETION\\_GATE>\n\(body)\n</COMPLETION\\_GATE>"
        case 2: return "  <Completion_Gate>  \n\(body)\n  < / Completion_Gate >"
        default: return "<COMPLETION_GATE>\n\(body)\n</COMPLETION_GATE>"
        }
    }

    private static func json(_ ready: Bool, _ blocked: Bool, _ dice: inout Dice) -> String {
        let blockers = blocked ? "[\"a key is missing\"]" : dice.pick(["[]", "null", "[\"none\"]"])
        let text = "{\"\(dice.pick(["ready", "Ready", "READY"]))\": \(ready), \"blockers\": \(blockers)}"
        return dice.once(in: 3) ? "```json\n\(text)\n```" : text
    }

    private static func lines(_ ready: Bool, _ blocked: Bool, _ dice: inout Dice) -> String {
        let value = dice.pick(["\(ready)", "\(ready)".uppercased(), "\"\(ready)\"", "`\(ready)`", "**\(ready)**"])
        let key = dice.pick(["ready", "Ready", "**ready**", "- ready", "READY "])
        let none = dice.pick([
            "blockers: []", "blockers: none", "blockers:", "- blockers: None.", "progress: \"7 of 7\"",
        ])
        let some = dice.pick([
            "blockers: [\"a key is missing\"]", "blockers:\n  - a key is missing", "blockers: no access",
        ])
        var lines = ["\(key): \(value)", "reason: \"it says <COMPLETION_GATE> somewhere\"", blocked ? some : none]
        if dice.once(in: 2) { lines.swapAt(0, 1) }
        return lines.joined(separator: dice.once(in: 4) ? "\n\n" : "\n")
    }
}
