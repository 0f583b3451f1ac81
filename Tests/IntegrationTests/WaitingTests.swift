import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// Waits for an account that is at its limit: of one task over the death of its makima, and of several at once.
@Suite(.serialized)
struct WaitingTests {
    /// Says what the file `mode` beside it wants it to: that it is refused, or that it is ready, after a second.
    private let agent = """
        case "$(cat "$(dirname "$0")/mode")" in
        busy) echo 'API Error: Request rejected (429) · too many requests'; exit 1 ;;
        used-up) echo 'API Error: Request rejected (429) · You have reached your specified API usage limits'; exit 1 ;;
        works) echo '{"type":"system","subtype":"init","session_id":"a","tools":[],"model":"m"}'
            echo '{"type":"assistant","message":{"model":"m","role":"assistant","content":[{"type":"tool_use","id":"t",\
        "name":"Bash","input":{"command":"ls"}}]},"session_id":"a"}' | tr -d '\n'; echo
            : > working; while [ "$(cat "$(dirname "$0")/mode")" = works ]; do sleep 0.1; done ;;
        until-later) echo "Claude AI usage limit reached|$(($(date +%s) + 3600))"; exit 1 ;;
        *) sleep 1; \(Gate.ready) ;;
        esac
        """

    private func installation(_ mode: String) async throws -> Installation {
        var installation = try await Installation()
        installation.agent(agent)
        installation.set(mode)
        return installation
    }

    @Test func ofTwoTasksOneTriesWhenTheTimeHasComeAndThenBothGoOn() async throws {
        let installation = try await installation("busy")
        let first = try installation.start("run", "first", "--agent", "double")
        let wait = try await installation.untilWaiting("first")
        #expect(wait["cause"]?.string == "rate_limited" && wait["role"]?.string == "waits")
        // On a slow machine it may have tried again before anybody looked.
        let attempt = try #require(wait["attempt"]?.int)
        #expect(attempt >= 2)

        let second = try installation.start("run", "second", "--agent", "double")
        let shared = try await installation.untilWaiting("second")
        // On a slow machine the time may have come meanwhile, and either may have tried again.
        if shared["until"]?.string == wait["until"]?.string { #expect(shared["attempt"]?.int == 1) }

        installation.set("ready")
        #expect(first.exitStatus() == 0)
        #expect(second.exitStatus() == 0)
        let (one, other) = (try await installation.tries("first"), try await installation.tries("second"))
        #expect(one.count >= 2 && one.map(\.attempt) == Array(1...one.count))
        #expect(!other.isEmpty && other.map(\.attempt) == Array(1...other.count))
        let all = (one + other).sorted { $0.began < $1.began }
        #expect(all.dropFirst(attempt - 1).allSatisfy { $0.began >= wait["until"]?.string ?? "" })
        for (before, after) in zip(all, all.dropFirst()) {
            #expect(before.ended <= after.began, "two agents tried at once")
        }
    }

    @Test func theOthersGoOnAsSoonAsOneIsLetIn() async throws {
        let installation = try await installation("busy")
        let tasks = try ["first", "second"].map { try installation.start("run", $0, "--agent", "double") }
        for name in ["first", "second"] { _ = try await installation.untilWaiting(name) }
        installation.set("works")
        await installation.untilWorking(2)
        #expect(try await installation.shown("first", where: { $0["wait"] == .null })["status"]?.string == "running")
        for task in tasks { task.kill() }
    }

    @Test func aWaitOutlivesItsOwner() async throws {
        let installation = try await installation("busy")
        let (name, until) = try await installation.killedWhileWaiting()
        let task = try await installation.shown(name)
        #expect(task["status"]?.string == "interrupted" && task["reason"]?["code"]?.string == "owner_died")
        // On a slow machine it may have waited once more before it was killed.
        #expect(try #require(task["wait"]?["until"]?.string) >= until)
        #expect(task["reason"]?["message"]?.string?.contains("the makima process that waited is gone") == true)

        installation.set("ready")
        let answer = try await installation.makima("resume", name, "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["iterations"]?.int == 1)
        #expect(answer.task?["wait"] == .null)
        let tries = try await installation.tries(name)
        #expect(tries.count >= 2 && tries.map(\.attempt) == Array(1...tries.count))
        #expect(tries.dropFirst().allSatisfy { $0.began >= until })
    }

    @Test func aPersonNeedNotWait() async throws {
        let installation = try await installation("used-up")
        let owner = try installation.start("run", "hurry", "--agent", "double")
        let until = try #require(try await installation.untilWaiting("hurry")["until"]?.string)
        owner.signal(SIGINT)
        #expect(owner.exitStatus() == 130)
        #expect(try await installation.shown("hurry")["wait"]?["until"]?.string == until)

        let refused = try await installation.makima("resume", "hurry", "--no-wait")
        #expect(refused.status == .code(1))
        #expect(refused.errorOutput.contains("waits until"))
        installation.set("ready")
        let answer = try await installation.makima("resume", "hurry", "--now", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(try await installation.tries("hurry").last?.began ?? "~" < until)
    }

    @Test func whatIsKnownCostsNoSecondCall() async throws {
        let installation = try await installation("until-later")
        let stopped = try await installation.makima("run", "know", "--agent", "double", "--no-wait", "--json")
        #expect(stopped.status == .code(3), "\(stopped.errorOutput)")
        #expect(stopped.task?["reason"]?["until"]?.string != nil)
        let refused = try await installation.makima("resume", "know")
        #expect(refused.status == .code(1) && refused.errorOutput.contains("--now"), "\(refused.errorOutput)")
        #expect(try await installation.tries("know").count == 1)

        let other = try await installation.makima("run", "other", "--agent", "double", "--no-wait", "--json")
        #expect(other.status == .code(3), "\(other.errorOutput)")
        #expect(other.task?["reason"]?["until"]?.string == stopped.task?["reason"]?["until"]?.string)
        #expect(try await installation.tries("other").isEmpty)
    }
}

extension Installation {
    fileprivate struct Try {
        var attempt: Int
        var began: String
        var ended: String
    }

    fileprivate func set(_ mode: String) {
        directory.write(mode, to: "agent/mode")
    }

    /// Waits until the task waits; returns what `show` says about that.
    fileprivate func untilWaiting(_ name: String) async throws -> JSONValue {
        while true {
            let answer = try await makima("show", name, "--json")
            guard answer.status == .code(0) else { continue }
            let task = try JSONParser.parse(Array(answer.output.utf8))
            if task["status"]?.string == "waiting", let wait = task["wait"] { return wait }
        }
    }

    /// Kills the owner of a task that waits, and returns the task's name and until when it first waited.
    ///
    /// On a slow machine the wait may be over before the owner is dead, and the next try begun: then it is another task's turn.
    fileprivate func killedWhileWaiting() async throws -> (name: String, until: String) {
        var (name, until) = ("", "")
        for number in 1...5 {
            name = "outlive-\(number)"
            let owner = try start("run", name, "--agent", "double")
            until = try await untilWaiting(name)["until"]?.string ?? ""
            owner.kill()
            let hadBegunAgain = try await tries(name).last.map { $0.began >= until } ?? false
            let isLeftInWait = try await shown(name)["wait"] != .null
            if isLeftInWait || !hadBegunAgain { break }
        }
        return (name, until)
    }

    /// Waits until the agents of so many tasks work at the same time.
    fileprivate func untilWorking(_ count: Int) async {
        while taskDirectories.count(where: { TestFiles.exists("\(state)/tasks/\($0)/tree/working") }) < count {
            await Task.yield()
        }
    }

    fileprivate func shown(_ name: String, where condition: (JSONValue) -> Bool) async throws -> JSONValue {
        while true {
            let task = try JSONParser.parse(Array(try await makima("show", name, "--json").output.utf8))
            if condition(task) { return task }
        }
    }

    fileprivate func tries(_ name: String) async throws -> [Try] {
        let task = try JSONParser.parse(Array(try await makima("show", name, "--json").output.utf8))
        return (task["iterationRecords"]?.array ?? [])
            .map {
                Try(
                    attempt: $0["attempt"]?.int ?? 0,
                    began: $0["startedAt"]?.string ?? "",
                    ended: $0["endedAt"]?.string ?? ""
                )
            }
    }
}
