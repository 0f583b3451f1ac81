import Domain
import Journal
import TestSupport
import Testing

@testable import Runner

/// What the accounts of two agents learn when one takes over from the other.
struct TakeoverTests {
    @Test func theEndOfOneSaysNothingAboutTheAccountOfTheOther() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"say a "$unready""#)
        let now = bench.clock.now()
        let spec = bench.spec(.command) {
            $0.limits.noChangeThreshold = 1
            $0.waits = false
            $0.onStall = .otherAgent
            $0.otherAgent = AgentConfiguration(name: "b", kind: .command, command: ["/bin/false"])
        }
        let (first, second) = (bench.account(of: spec.agent), bench.account(of: try #require(spec.otherAgent)))
        let someone = AccountWait(.usageLimit, from: now, until: now, learnedBy: spec.id)
        try await bench.journal.learn(someone, of: first)
        let reset = now + .seconds(3 * 3600)
        var known = AccountWait(.usageLimit, from: now, until: reset, learnedBy: spec.id)
        known.stated = reset
        try await bench.journal.learn(known, of: second)
        let task = try await bench.run(spec)
        #expect(task.reason == .waiting(.usageLimit, until: reset))
        #expect(task.iterations == 1)
        #expect(try await bench.journal.wait(of: first) == nil)
        #expect(try await bench.journal.wait(of: second)?.until == reset)
    }
}
