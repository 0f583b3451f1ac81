import Domain
import TestSupport
import Testing

@testable import Runner

/// What people say when the work is proven already, and only to be handed over.
@Suite(.serialized)
struct UnheardCompletionTests {
    private func bench(_ forge: ForgeDouble) async throws -> RunBench {
        let bench = try await RunBench(forge: forge)
        try await bench.shell("git clone -q --bare . ../ada.git && git remote add origin ../ada.git")
        bench.turn(nil, "work; begin s$number; say s$number \"$ready\"")
        return bench
    }

    private func spec(_ bench: RunBench, rounds: Int = 0, iterations: Int = 10) -> TaskSpec {
        bench.spec {
            $0.completion = .pullRequest
            $0.limits.maxIterations = iterations
            $0.checks = [CheckDefinition(name: "works", command: "test -s work.txt")]
            var forge = ForgeSpec()
            forge.rounds = rounds
            $0.forge = forge
        }
    }

    /// Of work that could not be brought out, and is then; with no iteration left it is brought out all the same.
    @Test(arguments: [(10, 2), (1, 1)]) func whatIsSaidBeforeAResumeIsHeardFirst(limit: Int, used: Int) async throws {
        let bench = try await bench(ForgeDouble())
        let hook = "../ada.git/hooks/pre-receive"
        try await bench.shell("printf '#!/bin/sh\\nexit 1\\n' > \(hook); chmod +x \(hook)")
        let blocked = try await bench.run(spec(bench, iterations: limit))
        #expect(blocked.status == .blocked && blocked.iterations == 1)
        _ = try await bench.service.say("And no ORM.", to: blocked.id)
        try await bench.shell("rm \(hook)")
        let done = try await bench.resume(blocked)
        #expect(done.reason == .completed(.verified) && done.iterations == used)
        #expect(try await bench.messages(of: done).map(\.isUnheard) == [used == 1])
    }

    @Test func whatIsSaidDuringTheReviewIsARound() async throws {
        let forge = ForgeDouble()
        let bench = try await bench(forge)
        let spec = spec(bench, rounds: 5)
        let say: @Sendable () async -> Void = { _ = try? await bench.service.say("And no ORM.", to: spec.id) }
        forge.script([.meanwhile(say), .standing(.merged)])
        let witness = Witness()
        let task = try await bench.run(spec, observer: witness)
        #expect(task.reason == .completed(.verified) && task.iterations == 2 && task.forge?.rounds == 1)
        #expect(try bench.prompt(2).contains("And no ORM."))
        #expect(try await bench.messages(of: task).map(\.isUnheard) == [false])
        #expect(witness.notices.contains { $0.sentence.contains("told what was said meanwhile") })
    }

    /// That the agent has ended is written down also where what was said cannot be read.
    @Test func messagesThatCannotBeReadHoldUpNothing() async throws {
        let bench = try await RunBench()
        let rename = """
            /usr/bin/python3 - '\(bench.directory.path)/state/journal.sqlite' <<'END'
            import sqlite3, sys
            journal = sqlite3.connect(sys.argv[1])
            journal.execute("ALTER TABLE message RENAME TO message_away")
            journal.commit()
            END
            """
        bench.turn(1, rename + "\n" + #"work; begin s1; say s1 "$ready""#)
        let task = try await bench.run(bench.spec())
        #expect(task.reason == .completed(.unverified) && task.iterations == 1)
        #expect(try await bench.iterations(of: task).map { $0.outcome?.counted } == [true])
    }

    /// As of another version of makima: it is told once more, and then known to be told.
    @Test func aReceiptThatCannotBeReadIsReplaced() async throws {
        let bench = try await RunBench()
        bench.turn(1, "exit 0")
        bench.turn(nil, #"echo x > a; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command) { $0.limits.maxIterations = 1 })
        _ = try await bench.service.say("Use SQLite.", to: task.id)
        try await bench.shell(
            """
            /usr/bin/python3 - '\(bench.directory.path)/state/journal.sqlite' <<'END'
            import sqlite3, sys
            journal = sqlite3.connect(sys.argv[1])
            journal.execute("UPDATE message SET receipt = '{}'")
            journal.commit()
            END
            """
        )
        let done = try await bench.resume(task, ResumeRequest(maxIterations: 8))
        #expect(done.iterations == 2 && bench.starts == 2)
        #expect(try await bench.messages(of: done).map(\.isUnheard) == [false])
    }
}
