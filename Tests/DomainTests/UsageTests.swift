import Domain
import Testing

struct UsageTests {
    @Test func sumsStayAtTheLargestAmount() {
        let absurd = Usage(cost: USD(microdollars: .max), tokens: .max)
        #expect(absurd + absurd == absurd)
        #expect(absurd + Usage(cost: USD(microdollars: 1), tokens: 1) == absurd)
    }

    @Test func negativeClaimsCountAsZero() {
        let known = Usage(cost: USD(microdollars: 3), tokens: 4)
        #expect(known + Usage(cost: USD(microdollars: -5), tokens: -5) == known)
        #expect(Usage() + Usage(tokens: .min) == Usage(tokens: 0))
    }

    @Test func whatIsUnknownOnOneSideIsTheOther() {
        let known = Usage(cost: USD(microdollars: 3), tokens: 4)
        #expect(known + Usage() == known)
        #expect(Usage() + known == known)
        #expect(known + known == Usage(cost: USD(microdollars: 6), tokens: 8))
    }
}
