package import Domain

/// Decides what follows from one try of a request.
///
/// answer                                   then
/// 2xx, 304                                 it is the answer
/// 403 or 429 that tell of a limit          once more when they say, if that is soon; else the limit is told
/// 5xx, or none                             once more, later each time, a few times
/// anything else                            it is refused
///
/// A request that makes something is not repeated where it may have arrived.
package enum RequestRetry: Hashable, Sendable {
    case take
    case again(after: Duration)
    case fail(ForgeFailure)

    /// So often a request is sent.
    package static let tries = 4
    /// A limit that lasts longer is told to whoever asks.
    package static let longestLimit = Duration.seconds(120)

    /// `number` is that of the try, from 1.
    package static func decide(
        _ answer: ForgeAnswer,
        try number: Int,
        isRepeatable: Bool,
        now: Timestamp
    ) -> RequestRetry {
        switch answer.status {
        case 200..<300, 304: return .take
        case 403, 429:
            guard let wait = limit(answer, now: now) else { return .fail(refusal(answer)) }
            return wait > longestLimit || number >= tries ? .fail(.limited(wait: wait)) : .again(after: wait)
        case 500...:
            let failure = ForgeFailure.unavailable(message: "the forge answers with status \(answer.status)")
            return number < tries && isRepeatable ? .again(after: pause(after: number)) : .fail(failure)
        default: return .fail(refusal(answer))
        }
    }

    package static func decide(_ failure: ForgeFailure, try number: Int, isRepeatable: Bool) -> RequestRetry {
        guard case .unavailable = failure, number < tries, isRepeatable else { return .fail(failure) }
        return .again(after: pause(after: number))
    }

    private static func pause(after number: Int) -> Duration { .seconds(1 << number) }

    /// How long nothing more is taken; `nil` where the refusal is about something else.
    private static func limit(_ answer: ForgeAnswer, now: Timestamp) -> Duration? {
        if let wait = answer.headers["retry-after"].flatMap({ RetryAfter.wait($0, at: now) }) {
            return max(.seconds(1), wait)
        }
        if answer.headers["x-ratelimit-remaining"] == "0",
            let reset = answer.headers["x-ratelimit-reset"].flatMap({ Int($0) })
        {
            return .seconds(max(1, reset - Int(now.millisecondsSince1970 / 1000)))
        }
        return answer.status == 429 ? .seconds(60) : nil
    }

    private static func refusal(_ answer: ForgeAnswer) -> ForgeFailure {
        .refused(status: answer.status, message: GitHubAnswer.message(answer.body))
    }
}

/// Sends requests again where that may help, and asks nothing twice that has not changed.
actor PatientTransport {
    private let transport: any ForgeTransport
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock
    /// The last answers to questions, by their path.
    private var known: [String: ForgeAnswer] = [:]

    init(_ transport: any ForgeTransport, clock: any Clock<Duration>, wallClock: any WallClock) {
        self.transport = transport
        self.clock = clock
        self.wallClock = wallClock
    }

    /// Returns the body of the answer.
    func ask(_ request: ForgeRequest) async throws -> [UInt8] {
        var request = request
        let isQuestion = request.method == .get
        let old = isQuestion ? known[request.path] : nil
        request.knownTag = old?.headers["etag"]
        let answer = try await send(request)
        if answer.status == 304, let old { return old.body }
        if isQuestion, answer.headers["etag"] != nil { known[request.path] = answer }
        return answer.body
    }

    private func send(_ request: ForgeRequest) async throws -> ForgeAnswer {
        var number = 1
        while true {
            var answer: ForgeAnswer?
            let next: RequestRetry
            do {
                let found = try await transport.send(request)
                answer = found
                next = .decide(found, try: number, isRepeatable: request.method != .post, now: wallClock.now())
            } catch let failure as ForgeFailure {
                next = .decide(failure, try: number, isRepeatable: request.method != .post)
            }
            switch next {
            case .take: if let answer { return answer }
            case .again(let pause): try await sleep(clock, pause)
            case .fail(let failure): throw failure
            }
            number += 1
        }
    }

    private func sleep<C: Clock<Duration>>(_ clock: C, _ time: Duration) async throws {
        try await clock.sleep(for: time)
    }
}
