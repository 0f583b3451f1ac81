import Domain
import Testing

@testable import Wire

/// Whatever comes: it is a message or an error, and a message can be sent on.
struct DamageTests {
    @Test(arguments: Golden.all)
    func aMessageThatIsCutShortIsAnError(_ golden: Golden) throws {
        let bytes = try golden.rewritten(golden.bytes, style: .compact)
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
            #expect(throws: WireError.self) { try golden.rewritten(Array(bytes.prefix(length)), style: .compact) }
        }
    }

    @Test(arguments: Golden.all.enumerated().map { ($0.offset, $0.element) })
    func aDamagedMessageIsTakenWholeOrNotAtAll(_ index: Int, _ golden: Golden) throws {
        var dice = Dice(seed: UInt64(index) + 1)
        let bytes = try golden.rewritten(golden.bytes, style: .compact)
        for _ in 0..<60 {
            let damaged = Self.damaged(bytes, using: &dice)
            let written: [UInt8]
            do throws(WireError) {
                written = try golden.rewritten(damaged, style: .compact)
            } catch {
                #expect(!error.description.isEmpty && !error.code.isEmpty)
                continue
            }
            #expect(try golden.rewritten(written, style: .compact) == written)
        }
    }

    /// Values of every other kind in the place of each.
    @Test(arguments: Golden.all.filter { $0.form == "full" })
    func aValueOfAnotherKindIsAnError(_ golden: Golden) throws {
        let others: [JSONValue] = [
            .bool(true), .integer(-5), .integer(.max), .number(0.5), .string("\u{0}"), .array([.null]), .object([]),
        ]
        let record = try #require(GoldenTests.record(of: golden))
        for field in try FieldLister.list(record).fields {
            let refused = try others.filter { try golden.error(with: field.key, $0) != nil }
            #expect(refused.count >= 5, "\(golden.type).\(field.key)")
        }
    }

    private static func damaged(_ bytes: [UInt8], using dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &dice) where bytes.count > 2 {
            let place = Int.random(in: 0..<bytes.count, using: &dice)
            let end = min(bytes.count, place + Int.random(in: 1...20, using: &dice))
            switch Int.random(in: 0...5, using: &dice) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes[place] = UInt8.random(in: 0x30...0x39, using: &dice)
            case 4: bytes.insert(contentsOf: Array(#"\u0000"#.utf8), at: place)
            default: bytes.swapAt(place, bytes.count - 1 - place)
            }
        }
        return bytes
    }
}
