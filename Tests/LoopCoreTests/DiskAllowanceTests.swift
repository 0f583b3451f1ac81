import Domain
import LoopCore
import Testing

struct DiskAllowanceTests {
    @Test func withoutALimitNothingIsTooMuch() {
        #expect(DiskAllowance(nil) == nil)
    }

    @Test(arguments: [(0, nil), (3 << 20, nil), (3 << 20 + 1, 4), (4 << 20, 4), (4 << 20 + 1, 5)] as [(Int, Int?)])
    func whatIsMoreThanTheLimitIsTooMuch(_ used: Int, _ told: Int?) throws {
        let problem = try #require(DiskAllowance(3)).excess(of: used)
        #expect(problem == told.map { .diskLimit(used: $0, limit: 3) })
    }

    @Test func looksSoonAtFirstAndThenNowAndThen() {
        let pauses = (0..<8).map { DiskAllowance.pause(afterLook: $0, taking: .milliseconds(1)) }
        #expect(pauses == [1, 2, 4, 8, 16, 20, 20, 20].map { .seconds($0) })
        #expect(DiskAllowance.pause(afterLook: .max, taking: .zero) == .seconds(20))
    }

    @Test func lookingTakesATwentiethOfTheTimeAtMost() {
        #expect(DiskAllowance.pause(afterLook: 0, taking: .seconds(3)) == .seconds(60))
    }
}
