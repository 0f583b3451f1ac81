import Domain
import ForgeDouble
import TestSupport
import Testing

@testable import Forge

@Suite(.serialized)
struct GitHubDeskTests {
    private struct Stage {
        let forge: GitHubDouble
        let desk: GitHubDesk
        let clock = ManualClock()
        let connections = ForgeConnections()
        let commit: CommitID

        private init(hearsBots: Bool) async throws {
            forge = try await GitHubDouble()
            commit = try #require(CommitID(rawValue: String(repeating: "a", count: 40)))
            desk = GitHubDesk(
                of: try #require(RemoteAddress("git@github.com:ada/engine.git")),
                by: TokenTransport(to: try #require(ForgeAddress(forge.url)), token: "t", by: connections),
                hearsBots: hearsBots,
                clock: clock,
                wallClock: ManualWallClock()
            )
        }

        static let draft = PullRequestDraft(title: "T", body: "B", head: "makima/x", base: "main", isDraft: true)

        func look() async throws -> ReviewSnapshot {
            try await desk.look(at: PullRequest(number: 1, url: "", author: "makima-user"), commit: commit)
        }

        /// Closes what it opened, however `body` ends.
        static func run(hearsBots: Bool = false, _ body: (Stage) async throws -> Void) async throws {
            let stage = try await Stage(hearsBots: hearsBots)
            do {
                try await body(stage)
            } catch {
                try await stage.connections.close()
                throw error
            }
            try await stage.connections.close()
            try await stage.forge.close()
        }
    }

    @Test func oneIsOpenedOnceAndThenBroughtUpToDate() async throws {
        try await Stage.run { stage in
            let opened = try await stage.desk.publish(Stage.draft, known: nil)
            #expect(opened.number == 1 && opened.url == "https://github.com/ada/engine/pull/1")
            let asked = try JSONParser.parse(try #require(stage.forge.requests.last).body)
            #expect(asked["draft"]?.bool == true && asked["head"]?.string == "makima/x")
            #expect(try await stage.desk.publish(Stage.draft, known: nil) == opened)
            #expect(try await stage.desk.publish(Stage.draft, known: opened) == opened)
            #expect(stage.forge.requests.count { $0.method == "POST" } == 1)
            #expect(stage.forge.requests.count { $0.method == "PATCH" } == 2)
        }
    }

    @Test(arguments: ["merged", "closed"])
    func oneThatIsNotOpenAnyMoreIsLeftAsItIs(standing: String) async throws {
        try await Stage.run { stage in
            let opened = try await stage.desk.publish(Stage.draft, known: nil)
            stage.forge.change { $0.standing = standing }
            #expect(try await stage.desk.publish(Stage.draft, known: opened) == opened)
            #expect(stage.forge.requests.count { $0.method != "GET" } == 1)
            #expect(try await stage.look().standing.rawValue == standing)
        }
    }

    /// The answer was lost, not the request.
    @Test func oneThatWasOpenedUnseenIsFound() async throws {
        try await Stage.run { stage in
            _ = try await stage.desk.publish(Stage.draft, known: nil)
            let made = stage.forge.pullRequests
            stage.forge.change { state in
                state.pullRequests = []
                state.troubles = [.init(body: "[]"), .init(status: 502), .init(body: "[\(made[0])]")]
            }
            #expect(try await stage.desk.publish(Stage.draft, known: nil).number == 1)
        }
    }

    @Test func aRefusalTellsWhy() async throws {
        try await Stage.run { stage in
            let trouble = #"{"message":"Validation Failed","errors":[{"message":"base is invalid"}]}"#
            stage.forge.change { $0.troubles = [.init(body: "[]"), .init(status: 422, body: trouble)] }
            await #expect(throws: ForgeFailure.refused(status: 422, message: "Validation Failed; base is invalid")) {
                _ = try await stage.desk.publish(Stage.draft, known: nil)
            }
        }
    }

    @Test func aLimitIsWaitedFor() async throws {
        try await Stage.run { stage in
            stage.forge.change { $0.troubles = [.init(status: 429, headers: [("Retry-After", "30")])] }
            async let found = stage.look()
            await stage.clock.sleepers(1)
            #expect(stage.forge.requests.count == 1)
            stage.clock.advance(by: .seconds(29))
            #expect(stage.forge.requests.count == 1)
            stage.clock.advance(by: .seconds(1))
            let seen = try await found
            #expect(seen.standing == .open)
        }
    }

    @Test func checksAreReadOfBothKinds() async throws {
        try await Stage.run { stage in
            stage.forge.change { state in
                state.checkRuns = """
                    [{"id":1,"name":"a","status":"completed","conclusion":"success"},
                    {"id":2,"name":"b","status":"in_progress"},
                    {"id":3,"name":"c","status":"completed","conclusion":"timed_out","output":{"summary":"too slow"}},
                    {"id":4,"name":"d","status":"completed","conclusion":"skipped"}]
                    """
                state.statuses = """
                    [{"id":9,"context":"ci","state":"failure","description":"broken","target_url":"https://ci.example.com/9"},
                    {"id":8,"context":"ci","state":"pending"},{"id":7,"context":"lint","state":"success"}]
                    """
            }
            let seen = try await stage.look()
            #expect(seen.passed == 3 && seen.pending == 1 && seen.failing == ["c", "ci"])
            #expect(seen.items.map(\.id) == ["check:3", "status:9"])
            #expect(seen.items.map(\.text) == ["Conclusion: timed_out\ntoo slow", "broken\nhttps://ci.example.com/9"])
        }
    }

    @Test(arguments: [true, false])
    func peopleAreHeardAndProgramsWhereWanted(hearsBots: Bool) async throws {
        try await Stage.run(hearsBots: hearsBots) { stage in
            stage.forge.change { state in
                state.reviews = """
                    [{"id":1,"user":{"login":"ada","type":"User"},"state":"CHANGES_REQUESTED","body":"No."},
                    {"id":2,"user":{"login":"bob","type":"User"},"state":"APPROVED","body":"Fine."},
                    {"id":3,"user":{"login":"eve","type":"User"},"state":"COMMENTED","body":""}]
                    """
                state.comments =
                    #"[{"id":4,"user":{"login":"ada"},"path":"a.c","line":null,"original_line":7,"body":"x"}]"#
                state.notes = """
                    [{"id":5,"user":{"login":"lint[bot]","type":"Bot"},"body":"y"},
                    {"id":6,"user":{"login":"makima-user","type":"User"},"body":"own"}]
                    """
            }
            let seen = try await stage.look()
            #expect(seen.items.map(\.id) == ["review:1", "comment:4"] + (hearsBots ? ["note:5"] : []))
            #expect(seen.items[0].kind == .changesRequested && seen.items[1].place == "a.c:7")
            #expect(!seen.isApproved)
        }
    }

    @Test func whoeverMayNotAskForItselfIsWhoOpenedIt() async throws {
        try await Stage.run { stage in
            stage.forge.change { state in
                state.mayAskForUser = false
                state.notes =
                    #"[{"id":6,"user":{"login":"makima-user"},"body":"own"},{"id":7,"user":{"login":"ada"},"body":"z"}]"#
            }
            let seen = try await stage.look()
            #expect(seen.items.map(\.id) == ["note:7"])
        }
    }

    @Test func whatHasNotChangedIsNotSentAgain() async throws {
        try await Stage.run { stage in
            let first = try await stage.look()
            let asked = stage.forge.requests.count
            #expect(try await stage.look() == first)
            #expect(stage.forge.requests.dropFirst(asked).allSatisfy { $0.knownTag != nil })
            #expect(stage.forge.requests.prefix(asked).allSatisfy { $0.knownTag == nil })
        }
    }
}
