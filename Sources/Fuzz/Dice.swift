/// Random choices that depend on a seed alone, so that a failing trial can be made again.
package struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// One in so many.
    mutating func once(in count: Int) -> Bool { number(1...count) == 1 }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...(elements.count - 1))] }
}

/// A trial that came out otherwise than it must.
package struct FuzzFailure: Error, Hashable, Sendable {
    package var seed: UInt64
    /// What must hold, and what came.
    package var complaint: String
    /// What was read.
    package var input: [UInt8]
}

/// Damages bytes as a broken pipe, a bad disk or bad luck would.
enum Damage {
    static func done(to bytes: [UInt8], using dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<dice.number(1...6) where !bytes.isEmpty {
            let start = dice.number(0...(bytes.count - 1))
            let end = min(bytes.count, start + dice.number(1...40))
            switch dice.number(0...5) {
            case 0: bytes[start] = UInt8(truncatingIfNeeded: dice.next())
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: dice.number(0...bytes.count))
            case 3:
                bytes.insert(
                    contentsOf: dice.pick([[0x0A], [0x0D, 0x0A], [0xFF, 0xFE], [0], Array("```\n".utf8)]),
                    at: start
                )
            case 4: bytes.removeSubrange(start...)
            default: bytes.reverse(from: start, to: end)
            }
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func reverse(from start: Int, to end: Int) { self[start..<end].reverse() }
}
