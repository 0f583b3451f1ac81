import Domain
import Processes
import TestSupport
import Testing

/// What a person meets who does something for the first time, and the ways on that makima names.
@Suite(.serialized)
struct FirstStepsTests {
    @Test(arguments: [("auto", "off"), ("off", "auto")])
    func aResumeWithTheOtherSandboxIsRefusedBeforeAnythingChanges(made: String, wanted: String) async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION >> seen; \(Gate.notReady)")
        let task = ["run", "other", "--agent", "double", "--max-iterations", "1", "--sandbox", made]
        #expect(try await installation.call(task).status == .code(3))
        let refused = try await installation.makima("resume", "other", "--max-iterations", "2", "--sandbox", wanted)
        #expect(refused.status == .code(1))
        #expect(refused.errorOutput.contains("was made \(made == "off" ? "without" : "with") a sandbox"))
        #expect(refused.errorOutput.contains("--max-iterations 2'; or begin a new task"))
        let resumed = try await installation.makima("resume", "other", "--max-iterations", "2", "--json")
        #expect(resumed.task?["status"]?.string == "iteration_limit_reached")
        #expect(resumed.task?["iterations"]?.int == 2)
    }
}
