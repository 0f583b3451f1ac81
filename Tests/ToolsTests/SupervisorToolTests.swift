import Domain
import Testing
import Tools

/// What a supervisor's agent may give.
struct SupervisorToolTests {
    private func spawn(_ more: [String: JSONValue]) throws -> SpawnWish? {
        var members: [JSONMember] = [
            JSONMember(key: "name", value: .string("one")), JSONMember(key: "plan", value: .string("Do it.")),
        ]
        members.removeAll { more[$0.key] != nil }
        members += more.map { JSONMember(key: $0.key, value: $0.value) }
        guard case .spawn(let wish) = try SupervisorTool.spawnTask.call(.object(members)) else { return nil }
        return wish
    }

    @Test(arguments: ["../x", "/etc", ":(exclude)src", "src/../..", "a\nb", "", " ", "a\u{0}b"])
    func aPatternThatGitDoesNotTakeIsRefused(_ pattern: String) throws {
        #expect(throws: AgentTool.Refusal.self) {
            try spawn(["touches": .array([.string("src/**"), .string(pattern)])])
        }
        #expect(throws: AgentTool.Refusal.self) { try spawn(["touches": .string(pattern)]) }
    }

    @Test func patternsAreTakenAsTheyAre() throws {
        let wish = try spawn(["touches": .array([.string("src/**"), .string("a..b/*.swift")])])
        #expect(wish?.touches == ["src/**", "a..b/*.swift"])
        #expect(try spawn([:])?.touches == [])
        let many = JSONValue.array(Array(repeating: .string("x"), count: 21))
        #expect(throws: AgentTool.Refusal.self) { try spawn(["touches": many]) }
    }

    /// Each task is compared with each other one: what an agent may give keeps that short.
    @Test func patternsAreFewAndShort() throws {
        func refusal(_ patterns: [String]) throws -> String? {
            do {
                _ = try spawn(["touches": .array(patterns.map(JSONValue.string))])
                return nil
            } catch let refusal as AgentTool.Refusal { return refusal.message }
        }
        func deep(_ segments: Int) -> String { Array(repeating: "a", count: segments).joined(separator: "/") }
        #expect(try refusal([deep(32)]) == nil)
        #expect(
            try refusal([deep(33)])
                == "A pattern of 'touches' must have 32 parts between slashes at most, and has 33: '\(deep(33))'."
        )
        let long = String(repeating: "x", count: 1024)
        #expect(try refusal(Array(repeating: long, count: 4)) == nil)
        #expect(
            try refusal(Array(repeating: long, count: 4) + ["y"])
                == "The patterns of 'touches' must have 4096 bytes at most together, and have 4097: name directories instead."
        )
    }

    @Test(arguments: ["name", "continues", "agent", "target", "after"])
    func namesOfASpawnAreShort(_ key: String) throws {
        let long = String(repeating: "n", count: key == "name" ? 129 : 257)
        let refusal = #expect(throws: AgentTool.Refusal.self) { try spawn([key: .string(long)]) }
        #expect((refusal?.message.utf8.count ?? .max) < 100)
        #expect(throws: AgentTool.Refusal.self) { try spawn([key: .string("a\nb")]) }
        #expect(try spawn([key: .string(String(long.dropLast()))]) != nil)
    }

    @Test(arguments: [SupervisorTool.waitForTasks, .readTask, .messageTask, .stopTask, .mergeTask])
    func namesOfTasksAreShort(_ tool: SupervisorTool) throws {
        func call(_ name: String) throws -> SupervisorCall {
            var members = [JSONMember(key: tool == .waitForTasks ? "tasks" : "task", value: .string(name))]
            if tool == .messageTask { members.append(JSONMember(key: "text", value: .string("Go on."))) }
            return try tool.call(.object(members))
        }
        #expect(throws: AgentTool.Refusal.self) { try call(String(repeating: "n", count: 257)) }
        _ = try call(String(repeating: "n", count: 256))
    }
}
