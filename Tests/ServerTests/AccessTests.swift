import Domain
import Fleet
import Store
import Testing

@testable import Server

struct AccessTests {
    private let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    @Test func aBucketGivesWhatIsInItAndFillsWithTime() {
        var bucket = TokenBucket(capacity: 3, perSecond: 2, at: then)
        #expect((0..<3).map { _ in bucket.take(at: then) } == [nil, nil, nil])
        #expect(bucket.take(at: then) == 1)
        #expect(bucket.take(at: then + .milliseconds(499)) == 1)
        #expect(bucket.take(at: then + .milliseconds(500)) == nil)
        #expect(bucket.take(at: then + .milliseconds(500)) == 1)
        bucket.fill(at: then + .seconds(60))
        #expect(bucket.isFull && bucket.level == 3)
    }

    @Test func aClockThatIsSetBackFillsNothing() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1, at: then)
        #expect(bucket.take(at: then) == nil)
        #expect(bucket.take(at: then + .seconds(-100)) == 1)
        #expect(bucket.take(at: then + .seconds(-99)) == nil)
    }

    @Test func namesHaveBucketsOfTheirOwn() {
        let limiter = RateLimiter(capacity: 1, perSecond: 1)
        #expect(limiter.take("a", at: then) == nil)
        #expect(limiter.take("a", at: then) == 1)
        #expect(limiter.take("b", at: then) == nil)
    }

    @Test func namesWithoutEndTakeNoMemoryWithoutEnd() {
        let limiter = RateLimiter(capacity: 1, perSecond: 1)
        for name in 0..<10_001 { _ = limiter.take("\(name)", at: then) }
        #expect(limiter.take("x", at: then + .seconds(5)) == nil)
    }

    @Test func onlyABearerTokenIsACredential() {
        var chance = SystemRandomNumberGenerator()
        let token = AccessToken(.user, using: &chance)
        #expect(Credential(["Bearer \(token.text)"]) == .token(token))
        #expect(Credential(["bearer  \(token.text)"]) == .token(token))
        #expect(Credential([]) == .missing)
        let others = [
            "", "Bearer", "Basic \(token.text)", token.text, "Bearer \(token.text) x", "Bearer x",
            "Bearer \(token.text.dropLast())\(token.text.hasSuffix("x") ? "y" : "x")",
        ]
        for field in others { #expect(Credential([field]) == .malformed, "\(field.prefix(10))") }
        #expect(Credential(["Bearer \(token.text)", "Bearer \(token.text)"]) == .malformed)
    }

    @Test(arguments: AccessScope.allCases)
    func aScopeAllowsWhatItIncludes(scope: AccessScope) {
        var chance = SystemRandomNumberGenerator()
        let token = AccessToken(.user, using: &chance)
        let record = TokenRecord(token, label: "", owner: .user("u"), scopes: [scope], createdAt: then)
        let caller = Caller(token: record)
        #expect(caller.may(nil))
        for wanted in AccessScope.allCases { #expect(caller.may(wanted) == scope.includes(wanted)) }
    }

    @Test func conditionsAreETags() throws {
        #expect(ETag.Condition(nil) == .none)
        #expect(ETag.Condition(" * ") == .any)
        #expect(ETag.Condition("\"3\", \"5\"") == .revisions([3, 5]))
        for text in ["", "3", "\"\"", "\"x\"", "W/\"3\"", "\"3\";"] { #expect(ETag.Condition(text) == .malformed) }
        try ETag.Condition("\"3\"").check(3)
        #expect(throws: APIError.self) { try ETag.Condition("\"3\"").check(4) }
        #expect(throws: APIError.self) { try ETag.Condition("3").check(3) }
    }
}
