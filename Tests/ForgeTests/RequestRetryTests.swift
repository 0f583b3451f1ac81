import Domain
import Testing

@testable import Forge

struct RequestRetryTests {
    private static func next(
        _ status: Int,
        _ headers: [String: String] = [:],
        try number: Int = 1,
        isRepeatable: Bool = true
    ) -> RequestRetry {
        RequestRetry.decide(
            ForgeAnswer(status: status, headers: headers, body: Array(#"{"message":"No."}"#.utf8)),
            try: number,
            isRepeatable: isRepeatable,
            // 2026-11-29T12:58:30Z
            now: Timestamp(millisecondsSince1970: 1_795_957_110_000)
        )
    }

    @Test(arguments: [200, 201, 204, 304])
    func whatIsAnsweredIsTaken(status: Int) {
        #expect(Self.next(status) == .take)
    }

    @Test(arguments: [403, 429])
    func aLimitIsWaitedFor(status: Int) {
        #expect(Self.next(status, ["retry-after": "30"]) == .again(after: .seconds(30)))
        let reset = ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795957200"]
        #expect(Self.next(status, reset) == .again(after: .seconds(90)))
        #expect(
            Self.next(status, ["x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"]) == .again(after: .seconds(1))
        )
    }

    @Test func aLimitMayBeADate() {
        let header = { (time: String) in ["retry-after": time] }
        #expect(Self.next(429, header("Sun, 29 Nov 2026 13:00:00 GMT")) == .again(after: .seconds(90)))
        #expect(Self.next(429, header("Sun, 29 Nov 2026 12:00:00 GMT")) == .again(after: .seconds(1)))
        #expect(
            Self.next(403, header("Sun, 29 Nov 2026 14:00:00 GMT")) == .fail(.limited(wait: .seconds(3690)))
        )
        #expect(Self.next(429, header("soon")) == .again(after: .seconds(60)))
    }

    @Test func aLongLimitIsTold() {
        #expect(Self.next(429, ["retry-after": "3600"]) == .fail(.limited(wait: .seconds(3600))))
        #expect(Self.next(429, ["retry-after": "3"], try: 4) == .fail(.limited(wait: .seconds(3))))
        #expect(Self.next(429) == .again(after: .seconds(60)))
    }

    @Test func aRefusalIsNoLimit() {
        #expect(Self.next(403, ["x-ratelimit-remaining": "4999"]) == .fail(.refused(status: 403, message: "No.")))
        for status in [301, 400, 401, 404, 422] {
            #expect(Self.next(status) == .fail(.refused(status: status, message: "No.")))
        }
    }

    @Test func troubleIsTriedAgainAFewTimes() {
        let pauses = (1...4).map { Self.next(502, try: $0) }
        #expect(
            pauses.prefix(3) == [.again(after: .seconds(2)), .again(after: .seconds(4)), .again(after: .seconds(8))]
        )
        guard case .fail(.unavailable) = pauses[3] else {
            Issue.record("\(pauses[3])")
            return
        }
    }

    @Test func whatMakesSomethingIsNotRepeated() {
        guard case .fail(.unavailable) = Self.next(502, isRepeatable: false) else {
            Issue.record("It was repeated.")
            return
        }
        let broken = ForgeFailure.unavailable(message: "x")
        #expect(RequestRetry.decide(broken, try: 1, isRepeatable: false) == .fail(broken))
        #expect(RequestRetry.decide(broken, try: 1, isRepeatable: true) == .again(after: .seconds(2)))
        #expect(RequestRetry.decide(broken, try: 4, isRepeatable: true) == .fail(broken))
        let missing = ForgeFailure.credentialsMissing(detail: "x")
        #expect(RequestRetry.decide(missing, try: 1, isRepeatable: true) == .fail(missing))
    }
}
