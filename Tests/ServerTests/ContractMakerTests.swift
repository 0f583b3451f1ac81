import Domain
import Fleet
import Store
import TestSupport
import Testing
import Wire

@testable import Server

struct ContractMakerTests {
    /// As a command makes it of a repository whose branch is at some commit.
    private static func request() -> ContractRequest {
        var request = ContractRequest()
        request.template.spawn.taskName = "Parts"
        request.template.spawn.plan = "Make the parts."
        request.template.spawn.targetRepoPath = "/home/me/project"
        request.template.spawn.baseBranch = "main"
        request.template.spawn.baseSha = String(repeating: "a", count: 40)
        request.template.spawn.includeChanges = true
        request.template.spawn.completionAction = .merge
        request.template.spawn.agent.name = "claude"
        request.supervised = false
        request.tasks = ["first", "second"]
            .map { name in
                var task = WirePlannedTask()
                (task.name, task.plan) = (name, "Do it.")
                return task
            }
        request.tasks[1].after = ["first"]
        return request
    }

    private static func make(_ request: ContractRequest) throws -> Contract {
        let time = Timestamp(millisecondsSince1970: 1_000_000)
        return try ContractMaker(request: request, ids: SystemIDs(), now: time).make().contract
    }

    private static func tasks(of contract: Contract) throws -> [String: TaskRequest] {
        var tasks: [String: TaskRequest] = [:]
        for member in contract.members.values {
            tasks[member.name] = try APIText.decode(Array((member.request ?? "").utf8), as: TaskRequest.self)
        }
        return tasks
    }

    @Test func aGoalThatLeavesNoRoomForWhatASupervisorIsToldIsRefused() throws {
        var request = Self.request()
        (request.supervised, request.tasks) = (true, [])
        request.template.spawn.plan = String(repeating: "x", count: WireLimits.plan)
        let error = #expect(throws: APIError.self) { try Self.make(request) }
        #expect(error?.problem.status == 413 && error?.problem.field == "template.plan")
        let room = error?.problem.message.split(separator: " ").compactMap { Int($0.prefix(while: \.isNumber)) }.last
        #expect(error?.problem.message.contains("The goal has \(WireLimits.plan) bytes") == true)
        request.template.spawn.plan = String(repeating: "x", count: try #require(room))
        #expect(try Self.make(request).supervisor != nil, "What is said to fit fits.")
    }

    @Test func aTaskThatNoDaemonCouldBeToldIsRefusedAtOnce() throws {
        var request = Self.request()
        request.tasks[0].plan = String(repeating: "\u{1}", count: WireLimits.plan)
        #expect(throws: APIError.self) { try Self.make(request) }
    }

    @Test func aTaskBeginsAtItsTargetAsThatIsThen() throws {
        let tasks = try Self.tasks(of: try Self.make(Self.request()))
        #expect(tasks.count == 2)
        for task in tasks.values {
            #expect(task.spawn.baseBranch == "main" && task.spawn.baseSha == nil)
            #expect(!task.spawn.includeChanges && task.spawn.completionAction == .branch)
        }
        #expect(tasks["second"]?.dependencies.map(\.condition) == [.merged])
    }

    @Test func tasksThatWaitForEachOtherOrForNobodyAreRefused() throws {
        var circle = Self.request()
        circle.tasks[0].after = ["second"]
        #expect(throws: APIError.self) { try Self.make(circle) }
        var unknown = Self.request()
        unknown.tasks[0].continues = "third"
        #expect(throws: APIError.self) { try Self.make(unknown) }
        var twice = Self.request()
        twice.tasks[1].name = "first"
        #expect(throws: APIError.self) { try Self.make(twice) }
    }

    @Test(arguments: ["../x", "/etc", ":(exclude)src", "src/../..", "a\nb", " "])
    func aPatternThatGitDoesNotTakeIsRefused(_ pattern: String) throws {
        var request = Self.request()
        request.tasks[1].touches = ["src/**", pattern]
        let error = #expect(throws: APIError.self) { try Self.make(request) }
        #expect(error?.problem.field == "tasks[1].touches")
        request.tasks[1].touches = ["src/**", "a..b/*.swift"]
        #expect(try Self.make(request).members.count == 2)
    }

    @Test func morePatternsThanCanBeComparedAreRefused() throws {
        var request = Self.request()
        request.tasks[1].touches = (0..<65).map { "src/\($0)" }
        let error = #expect(throws: APIError.self) { try Self.make(request) }
        #expect(error?.problem.field == "tasks[1].touches")
        #expect(
            error?.problem.message
                == "The patterns of 'second' must be 64 at most, and are 65: name directories instead."
        )
        request.tasks[1].touches.removeLast()
        #expect(try Self.make(request).members.count == 2)
    }

    /// Another supervisor's task may be called as the caller's own, or its id begin alike.
    @Test func aTaskWaitsForThoseOfItsOwnSupervisor() throws {
        func id(_ text: String) throws -> TaskID { try #require(TaskID(rawValue: text)) }
        let (lead, other, new) = (try id("zzzzzzzzzz"), try id("yyyyyyyyyy"), try id("abcd999999"))
        let (own, foreign, named) = (try id("abcd222222"), try id("abcd111111"), try id("xxxxxxxxxx"))
        var contract = try Self.make(Self.request())
        for (task, name, parent) in [
            (own, "own", lead), (foreign, "foreign", other), (named, "abcd222222", other), (new, "new", lead),
        ] {
            contract.members[task] = ContractMember(name, parent: parent, depth: 1, target: "main")
        }
        func awaited(_ name: String) throws -> [String] {
            var wish = SpawnWish(name: "new", plan: "Do it.")
            wish.after = [name]
            return try MemberRequests(request: Self.request()).task(wish, new, in: contract).dependencies.map(\.taskId)
        }
        #expect(try awaited("abcd") == [own.rawValue])
        #expect(try awaited("abcd222222") == [own.rawValue])
        #expect(try awaited("own") == [own.rawValue])
        contract.members[named]?.parent = lead
        #expect(try awaited("abcd222222") == [named.rawValue])
    }

    /// The limits of the template are those of tasks that work: who leads waits for them, and is held by the contract's budget.
    @Test func aSpawnedSupervisorHasOnlyTheLimitsThatItWasGiven() throws {
        var request = Self.request()
        request.template.spawn.maxIterations = 7
        request.template.spawn.budgets = WireBudgets()
        request.template.spawn.budgets?.maxTokens = 900
        let id = try #require(TaskID(rawValue: "abcd999999"))
        var contract = try Self.make(request)
        func made(_ wish: SpawnWish) throws -> SpawnTask {
            let role: ContractMember.Role = wish.isSupervisor ? .supervisor : .task
            contract.members[id] = ContractMember(wish.name, role: role, depth: 1, target: "main")
            return try MemberRequests(request: request).task(wish, id, in: contract).spawn
        }
        var wish = SpawnWish(name: "new", plan: "Do it.")
        #expect(try made(wish).maxIterations == 7 && made(wish).budgets?.maxTokens == 900)
        wish.isSupervisor = true
        #expect(try made(wish).maxIterations == nil && made(wish).budgets == nil)
        (wish.maxIterations, wish.maxTokens) = (4, 50)
        #expect(try made(wish).maxIterations == 4 && made(wish).budgets?.maxTokens == 50)
    }
}
