import Domain
import ForgeDouble
import Glibc
import Processes
import TestSupport
import Testing

/// Work that is put to review by the real program: a bare repository is the remote, a double of GitHub's API the forge.
@Suite(.serialized)
struct PullRequestTests {
    private static let token = "ghp_t0ps3cretT0ps3cretT0ps3cret00000"
    private static let options = ["--agent", "double", "--check", "test -s work", "--on-done", "pr"]

    /// An installation whose repository has the remote `origin`; an API where `forge` is given.
    private func installation(_ forge: GitHubDouble?, rounds: Int = 0) async throws -> Installation {
        var installation = try await Installation()
        let remote = "\(installation.directory.path)/ada/engine.git"
        try await installation.git("clone", "--quiet", "--bare", installation.repository, remote)
        try await installation.git("remote", "add", "origin", remote)
        installation.agent("echo \"$MAKIMA_ITERATION\" >> work; cat > seen-$MAKIMA_ITERATION; \(Gate.ready)")
        if let forge {
            installation.variables["MAKIMA_FORGE_API_URL"] = forge.url
            installation.variables["MAKIMA_FORGE_TOKEN_VARIABLE"] = "OWN_TOKEN"
            installation.variables["OWN_TOKEN"] = Self.token
            installation.variables["MAKIMA_FORGE_INTERVAL"] = "1s"
            installation.variables["MAKIMA_FORGE_ROUNDS"] = "\(rounds)"
        }
        return installation
    }

    private func remote(_ installation: Installation, _ arguments: String...) async throws -> String {
        try await installation.git(
            "--git-dir",
            "\(installation.directory.path)/ada/engine.git",
            arguments[0],
            arguments[1]
        )
    }

    @Test func theBranchIsPushedAndAPullRequestIsOpened() async throws {
        let forge = try await GitHubDouble()
        let installation = try await installation(forge)
        let done = try await installation.call(["run", "mend @ada's engine"] + Self.options + ["--json"])
        #expect(done.status == .code(0), "\(done.output)\(done.errorOutput)")
        let branch = try #require(done.task?["branch"]?.string)
        #expect(branch.hasPrefix("makima/mend-ada-s-engine-"))
        #expect(done.task?["pullRequest"]?.string == "https://github.com/ada/engine/pull/1")
        let pushed = try await remote(installation, "rev-parse", branch)
        #expect(try await installation.git("rev-parse", branch) == pushed)

        let asked = try #require(forge.requests.first { $0.method == "POST" })
        #expect(asked.authorization == "Bearer \(Self.token)")
        let said = try JSONParser.parse(asked.body)
        #expect(said["head"]?.string == branch && said["base"]?.string == "main" && said["draft"]?.bool == false)
        #expect(said["title"]?.string?.contains("@ada") == false)
        #expect(said["body"]?.string?.contains("- `test -s work`: passed") == true)
        #expect(said["body"]?.string?.contains("```text\nmend @ada's engine\n```") == true)
        try await expectNoToken(installation, done)
        try await forge.close()
    }

    /// Neither printed nor stored, in no file of makima's own.
    private func expectNoToken(_ installation: Installation, _ answer: Answer) async throws {
        #expect(!(answer.output + answer.errorOutput).contains(Self.token))
        let found = try await PosixSpawnLauncher()
            .run(Command("/usr/bin/grep", ["-rl", Self.token, installation.state, installation.repository]))
        #expect(found.status == .code(1), "\(String(decoding: found.output, as: UTF8.self))")
    }

    @Test func aPlainRemoteGetsTheBranchAlone() async throws {
        let installation = try await installation(nil)
        let done = try await installation.call(["run", "plain"] + Self.options)
        #expect(done.status == .code(0), "\(done.output)\(done.errorOutput)")
        #expect((done.output + done.errorOutput).contains("no forge that makima knows"))
        #expect(try await remote(installation, "branch", "--list").contains("makima/plain-"))
    }

    @Test func whatComesBackIsTheNextIterationsAndTheSameBranchIsMoved() async throws {
        let forge = try await GitHubDouble()
        forge.change { state in
            state.checkRuns =
                #"[{"id":7,"name":"linux","status":"completed","conclusion":"failure","#
                + #""output":{"title":"1 test failed"}}]"#
            state.comments =
                #"[{"id":9,"user":{"login":"ada","type":"User"},"path":"work","line":1,"body":"Too short."},"#
                + #"{"id":10,"user":{"login":"makima-user"},"path":"work","line":1,"body":"my own"}]"#
        }
        let installation = try await installation(forge, rounds: 1)
        let run = try installation.start("run", "again", "--pr-rounds", "1", options: Self.options)
        for _ in 0..<400 where installation.tasksWithIteration(2) == 0 { try await Task.sleep(for: .milliseconds(50)) }
        forge.change { $0.checkRuns = #"[{"id":8,"name":"linux","status":"completed","conclusion":"success"}]"# }
        #expect(run.exitStatus() == 0)
        let shown = try JSONParser.parse(Array(try await installation.makima("show", "again", "--json").output.utf8))
        #expect(shown["iterations"]?.int == 2 && shown["reason"]?["code"]?.string == "verified")
        let branch = try #require(shown["branch"]?.string)
        let prompt = try await installation.git("show", "\(branch):seen-2")
        #expect(prompt.contains("The check 'linux' of the pull request failed") && prompt.contains("1 test failed"))
        #expect(prompt.contains("'ada' comments on `work:1`") && prompt.contains("Too short."))
        #expect(!prompt.contains("my own"))
        #expect(try await remote(installation, "rev-parse", branch) == installation.git("rev-parse", branch))
        #expect(forge.requests.count { $0.method == "POST" } == 1)
        #expect(forge.requests.contains { $0.method == "PATCH" })
        try await forge.close()
    }

    @Test func aBranchOfSomebodyElseIsLeftAlone() async throws {
        var installation = try await installation(nil)
        let remote = "\(installation.directory.path)/ada/engine.git"
        installation.agent(
            """
            unset GIT_DIR GIT_WORK_TREE
            short=$(echo "$MAKIMA_TASK_ID" | cut -c1-\(Self.shortID))
            git --git-dir '\(remote)' update-ref "refs/heads/makima/mine-$short" main
            echo work > work; \(Gate.ready)
            """
        )
        let blocked = try await installation.call(["run", "mine"] + Self.options + ["--sandbox", "off", "--json"])
        #expect(blocked.status == .code(5), "\(blocked.output)\(blocked.errorOutput)")
        let reason = try #require(blocked.task?["reason"])
        #expect(reason["code"]?.string == "forge" && reason["cause"]?.string == "branch_taken")
        #expect(reason["hint"]?.string?.contains("Rename or delete it there") == true)
        let branch = try #require(blocked.task?["branch"]?.string)
        #expect(try await self.remote(installation, "rev-parse", branch) == installation.git("rev-parse", "main"))

        try await installation.git("push", "--quiet", "origin", ":\(branch)")
        let done = try await installation.makima("resume", "mine", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        #expect(done.task?["iterations"]?.int == 1)
        #expect(try await self.remote(installation, "rev-parse", branch) == installation.git("rev-parse", branch))
    }

    /// How many characters of a task's id are in the name of its branch.
    private static var shortID: Int {
        var generator = SystemRandomNumberGenerator()
        return TaskID(using: &generator).short.count
    }

    @Test func aTaskThatWaitsForItsReviewOutlivesItsMakima() async throws {
        let forge = try await GitHubDouble()
        forge.change { $0.checkRuns = #"[{"id":7,"name":"linux","status":"in_progress"}]"# }
        let installation = try await installation(forge, rounds: 2)
        let owner = try installation.start("run", "outlive", options: Self.options)
        let wait = try await installation.waitForReview("outlive")
        #expect(wait["cause"]?.string == "review")
        owner.kill()
        let left = try JSONParser.parse(Array(try await installation.makima("show", "outlive", "--json").output.utf8))
        #expect(left["reason"]?["code"]?.string == "owner_died")
        forge.change { $0.standing = "merged" }
        let done = try await installation.makima("resume", "outlive", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        #expect(done.task?["iterations"]?.int == 1 && done.task?["wait"] == .null)
        #expect(done.output.contains("review_merged"))
        #expect(forge.requests.count { $0.method == "POST" } == 1)
        try await forge.close()
    }

    @Test func ctrlCEndsTheWaitAndAResumeStaysOn() async throws {
        let forge = try await GitHubDouble()
        forge.change { $0.checkRuns = #"[{"id":7,"name":"linux","status":"in_progress"}]"# }
        let installation = try await installation(forge, rounds: 1)
        let owner = try installation.start("run", "stay", options: Self.options)
        _ = try await installation.waitForReview("stay")
        owner.signal(SIGINT)
        #expect(owner.exitStatus() == 130)
        forge.change { $0.checkRuns = #"[{"id":7,"name":"linux","status":"completed","conclusion":"success"}]"# }
        let done = try await installation.makima("resume", "stay", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        #expect(done.output.contains("review_green"))
        try await forge.close()
    }

    @Test func aTaskOfAServerIsPutToReviewByItsDaemon() async throws {
        let forge = try await GitHubDouble()
        forge.change { $0.checkRuns = #"[{"id":7,"name":"linux","status":"completed","conclusion":"success"}]"# }
        var installation = try await installation(forge, rounds: 1)
        installation.variables["MAKIMA_AGENT"] = "double"
        installation.variables["MAKIMA_COMPLETION"] = "pr"
        let server = try installation.start("up", "--port", "0", "--quiet")
        #expect(server.firstLine().hasPrefix("makima listens on "))
        let added = try await installation.makima("add", installation.directory.write("# Far\n\nDo it.\n", to: "q.md"))
        #expect(added.status == .code(0), "\(added.errorOutput)")
        let done = try await installation.makima("attach", "Far")
        #expect(done.status == .code(0), "\(done.output)\(done.errorOutput)")
        let told = done.output + done.errorOutput
        #expect(told.contains("https://github.com/ada/engine/pull/1") && told.contains("is green"), "\(told)")
        #expect(try await remote(installation, "branch", "--list").contains("makima/far-"))
        #expect(forge.requests.count { $0.method == "POST" } == 1)
        server.signal(SIGTERM)
        #expect(server.exitStatus() == 0)
        try await forge.close()
    }

    @Test func withoutARemoteNothingIsBegun() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let refused = try await installation.call(["run", "nowhere"] + Self.options)
        #expect(refused.status == .code(2), "\(refused.errorOutput)")
        #expect(refused.errorOutput.contains("no remote to push to") && refused.errorOutput.contains("git remote add"))
        installation.variables["MAKIMA_COMPLETION"] = "pr"
        let doctor = try await installation.makima("doctor")
        #expect(doctor.output.contains("no remote to push to"))
    }
}

extension Installation {
    fileprivate func tasksWithIteration(_ number: Int) -> Int {
        taskDirectories.count { TestFiles.exists("\(state)/tasks/\($0)/tree/seen-\(number)") }
    }

    /// Waits until the task waits; returns what `show` says about that.
    fileprivate func waitForReview(_ name: String) async throws -> JSONValue {
        for _ in 0..<200 {
            let answer = try await makima("show", name, "--json")
            guard answer.status == .code(0) else { continue }
            let task = try JSONParser.parse(Array(answer.output.utf8))
            if task["status"]?.string == "waiting", let wait = task["wait"] { return wait }
        }
        Issue.record("It never waited.")
        return .null
    }

    fileprivate func start(_ arguments: String..., options: [String]) throws -> BackgroundProcess {
        try start(arguments + options)
    }
}
