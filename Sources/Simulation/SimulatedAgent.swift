import Domain
import LoopCore
import TestSupport

/// What chance lets an agent do.
struct SimulatedAgent {
    var dice: Dice
    /// From now on every agent does what was asked, so that every task must come to its end.
    var isGood = false

    /// How an agent's process ends.
    mutating func end(at now: Timestamp) -> IterationEnd {
        if isGood { return .ok }
        switch dice.roll(40) {
        case 0...15: return .ok
        case 16: return .incomplete
        case 17...18: return .agentError(message: "error \(dice.roll(2))")
        case 19: return .usageLimit(resetsAt: dice.chance(2) ? now + .seconds(60 * dice.roll(600)) : nil)
        case 20: return .usageLimit(resetsAt: now + .seconds(86_400 * (1 + dice.roll(40))))
        case 21: return .rateLimited(retryAfter: dice.chance(2) ? .seconds(dice.roll(100)) : nil)
        case 22: return .overloaded
        case 23: return .network(message: "no route")
        case 24: return .authentication(message: "not logged in")
        case 25: return .billing(message: "no credit")
        case 26: return .contextOverflow
        case 27: return .unusableSession
        case 28: return .launchFailure(message: "no such file")
        case 29: return .silentLaunchFailure(message: "it said nothing")
        case 30: return .permissionDenied(what: "Bash")
        case 31...32: return .question(text: "which?")
        case 33: return .timeout(.iteration)
        case 34: return .stall
        case 35: return .killed(signal: 9)
        default: return .ok
        }
    }

    /// The tree that it leaves, of which `current` is the one it found.
    mutating func tree(after current: TreeID) -> TreeID {
        if isGood || dice.chance(2) { return Self.tree(1 + dice.roll(isGood ? 1_000_000 : 40)) }
        return current
    }

    mutating func gate() -> GateReading {
        if isGood { return .stated(CompletionGate(ready: true)) }
        switch dice.roll(6) {
        case 0: return .missing
        case 1: return .malformed(.unterminated)
        case 2: return .stated(CompletionGate(ready: true, blockers: ["a key"]))
        case 3: return .stated(CompletionGate(ready: true))
        default: return .stated(CompletionGate(ready: false, progress: "some"))
        }
    }

    mutating func usage() -> Usage {
        Usage(cost: USD(microdollars: Int64(dice.roll(200_000))), tokens: dice.roll(5_000))
    }

    mutating func verdict() -> CheckVerdict {
        if isGood { return .passed }
        switch dice.roll(4) {
        case 0...1: return .passed
        case 2: return .failed(exitCode: 1)
        default: return dice.chance(3) ? .notEvaluated(.commandNotFound) : .failed(exitCode: 2)
        }
    }

    static func tree(_ number: Int) -> TreeID {
        guard let tree = TreeID(rawValue: SimulatedWorkspace.name(number)) else {
            preconditionFailure("no tree \(number)")
        }
        return tree
    }
}

/// Chance that a seed decides.
struct Dice {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// From 0 up to, and without, `sides`.
    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &generator) }

    /// True once in so many times.
    mutating func chance(_ times: Int) -> Bool { roll(times) == 0 }

    mutating func id() -> TaskID { TaskID(using: &generator) }
}
