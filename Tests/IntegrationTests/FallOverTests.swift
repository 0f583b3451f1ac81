import Domain
import Processes
import TestSupport
import Testing

/// An agent at its limit and one that takes over, over the death of their makima.
@Suite(.serialized)
struct FallOverTests {
    private func installation(second: String) async throws -> Installation {
        var installation = try await Installation()
        installation.agent(#"echo "Claude AI usage limit reached|$(($(date +%s) + 3600))"; exit 1"#)
        let path = installation.directory.write("#!/bin/sh\n\(second)\n", to: "agent/second.sh", mode: 0o755)
        installation.variables["MAKIMA_AGENTS_SECOND_COMMAND"] = path
        installation.variables["MAKIMA_AGENTS_DOUBLE_FALL_BACK_TO"] = "second"
        return installation
    }

    @Test func whatTookOverGoesOnAfterTheDeathOfMakima() async throws {
        var installation = try await installation(
            second: """
                if [ -e working ]; then \(Gate.ready); exit; fi
                : > working; exec sleep 600
                """
        )
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "fall", "--agent", "double")
        while !installation.taskDirectories.contains(where: installation.works) { await Task.yield() }
        let shown = try await installation.makima("show", "fall").output
        #expect(shown.contains("in place of") && shown.contains("'double' is at its usage limit until"), "\(shown)")
        owner.kill()

        let answer = try await installation.makima("resume", "fall", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["agent"]?.string == "second" && answer.task?["iterations"]?.int == 2)
        let task = try JSONParser.parse(Array(try await installation.makima("show", "fall", "--json").output.utf8))
        let agents = task["iterationRecords"]?.array?.map { $0["agent"]?.string }
        #expect(agents == ["double", "second", "second"])
        let why = try await installation.makima("why", "fall").output
        #expect(why.contains("Iteration 1: 'double' is at its usage limit until"), "\(why)")
        #expect(why.contains("'second' takes over.") && why.contains("AGENT"))
    }

    @Test func bothAtTheLimitStopWhoeverIsNotToWait() async throws {
        let installation = try await installation(
            second: #"echo "Claude AI usage limit reached|$(($(date +%s) + 1800))"; exit 1"#
        )
        let answer = try await installation.makima("run", "both", "--agent", "double", "--no-wait")
        #expect(answer.status == .code(3), "\(answer.errorOutput)")
        #expect((answer.output + answer.errorOutput).contains("'second' takes over."), "\(answer.output)")
    }
}

extension Installation {
    fileprivate func works(_ task: String) -> Bool { TestFiles.exists("\(state)/tasks/\(task)/tree/working") }
}
