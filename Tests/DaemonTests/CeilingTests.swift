import Domain
import Runner
import TestSupport
import Testing
import Wire

@testable import Daemon

struct SandboxCeilingTests {
    private func spec(_ mode: SandboxMode = .auto, _ change: (inout SandboxSpec) -> Void = { _ in }) -> SandboxSpec {
        var spec = SandboxSpec(mode: mode)
        change(&spec)
        return spec
    }

    /// The words of the refusal, or `nil`.
    private func refusal(_ asked: SandboxSpec, _ own: SandboxSpec) -> String? {
        do throws(Refusal) {
            _ = try asked.within(own)
            return nil
        } catch {
            #expect(error.code == "not_allowed")
            return error.sentence
        }
    }

    @Test func aModeIsBroughtUpAndNeverDown() throws {
        #expect(try spec(.auto).within(spec(.required)).mode == .required)
        #expect(try spec(.required).within(spec(.auto)).mode == .required)
        #expect(try spec(.auto).within(spec(.auto)).mode == .auto)
        #expect(refusal(spec(.off), spec(.auto)) != nil && refusal(spec(.off), spec(.required)) != nil)
        #expect(try spec(.off).within(spec(.off)).mode == .off)
        #expect(try spec(.auto).within(spec(.off)).mode == .auto)
    }

    @Test func pathsAreThoseOfTheMachineAsTheyAreWritten() throws {
        let own = spec {
            $0.read = ["/srv/docs/"]
            $0.write = ["/srv/cache"]
        }
        #expect(refusal(spec { $0.read = ["/srv/docs", "/srv/cache"] }, own) == nil)
        #expect(refusal(spec { $0.write = ["/srv/cache/"] }, own) == nil)
        #expect(refusal(spec { $0.write = ["/srv/docs"] }, own)?.contains("'/srv/docs'") == true)
        // A task may have made a link of it.
        for path in ["/srv/cache/link", "/srv", "/", "/srv/docs/../../etc", "/tmp/a"] {
            #expect(refusal(spec { $0.read = [path] }, own)?.contains("'\(path)'") == true)
            #expect(refusal(spec { $0.write = [path] }, own)?.contains("'\(path)'") == true)
        }
    }

    @Test func whatOpensTheSandboxIsTheMachinesToAllow() {
        for change in [{ $0.nested = true }, { $0.ptrace = true }] as [(inout SandboxSpec) -> Void] {
            #expect(refusal(spec(.auto, change), spec()) != nil)
            #expect(refusal(spec(.auto, change), spec(.auto, change)) == nil)
        }
    }

    @Test func theNetworkIsNoWiderThanTheMachines() throws {
        let listed = spec {
            $0.network = .allowlist
            $0.allowHosts = ["a.example"]
            $0.maxUploadMiB = 5
        }
        var none = listed
        none.network = .none
        #expect(refusal(spec(), listed)?.contains("'full'") == true)
        #expect(refusal(listed, none) != nil && refusal(none, listed) == nil && refusal(listed, spec()) == nil)
        var more = listed
        more.allowHosts.append("b.example")
        more.maxUploadMiB = nil
        #expect(refusal(more, listed)?.contains("'b.example'") == true)
        #expect(refusal(more, spec()) == nil)
        more.allowHosts = ["a.example"]
        #expect(try more.within(listed).maxUploadMiB == 5)
        more.maxUploadMiB = 3
        #expect(try more.within(listed).maxUploadMiB == 3)
    }

    @Test func numbersAreTheLowerOnes() throws {
        let own = spec {
            $0.limits.memoryMiB = 1000
            $0.limits.cpus = 1.5
            $0.limits.processes = 10
        }
        let asked = spec {
            $0.limits.memoryMiB = 5000
            $0.limits.cpus = 0.5
            $0.limits.openFiles = 7
        }
        for mode in [SandboxMode.auto, .off] {
            var machine = own
            machine.mode = mode
            let limits = try asked.within(machine).limits
            #expect(limits.memoryMiB == 1000 && limits.cpus == 0.5 && limits.processes == 10 && limits.openFiles == 7)
            #expect(limits.diskMiB == nil && limits.fileMiB == nil)
        }
    }

    private func keep(
        _ task: SandboxSpec,
        _ own: SandboxSpec,
        _ change: (inout Runner.ResumeRequest) -> Void = { _ in }
    ) throws(Refusal) -> Runner.ResumeRequest {
        var request = Runner.ResumeRequest()
        change(&request)
        try request.keep(task, within: own)
        return request
    }

    @Test func aResumeComesToNoMoreThanTheMachineAllows() throws {
        #expect(try keep(spec(), spec()) == Runner.ResumeRequest())
        #expect(try keep(spec(), spec(.required)).sandbox == .required)
        #expect(throws: Refusal.self) { try keep(spec(), spec()) { $0.sandbox = .off } }
        #expect(throws: Refusal.self) { try keep(spec(), spec()) { $0.read = ["/home"] } }
        let unconnected = spec { $0.network = .none }
        #expect(throws: Refusal.self) { try keep(unconnected, unconnected) { $0.network = .full } }
        let listed = spec { $0.network = .allowlist }
        #expect(throws: Refusal.self) { try keep(listed, listed) { $0.allowHosts = ["evil.example"] } }
        let limited = spec {
            $0.limits.memoryMiB = 100
            $0.limits.diskMiB = 50
        }
        let request = try keep(limited, limited) {
            $0.resources.memory = .at(1000)
            $0.resources.disk = .unlimited
        }
        #expect(request.resources.memory == .at(100) && request.resources.disk == .at(50))
        #expect(try keep(spec(), limited).resources.memory == .at(100))
    }

    @Test func aTaskThatWasMadeWithMoreDoesNotGoOn() throws {
        #expect(throws: Refusal.self) { try keep(spec(.off), spec()) }
        #expect(throws: Refusal.self) { try keep(spec { $0.write = ["/home"] }, spec()) }
        #expect(throws: Refusal.self) { try keep(spec { $0.limits.processes = 9 }, spec { $0.limits.processes = 3 }) }
    }
}

@Suite(.serialized, .timeLimit(.minutes(15)))
struct CeilingTests {
    private func confined(_ bench: DaemonBench, _ trust: RequestTrust = .stranger) -> DaemonBench.Trial {
        DaemonBench.Trial(change: {
            $0.trust = trust
            $0.defaults = {
                var defaults = TaskDefaults()
                defaults.sandbox = SandboxSpec(mode: .required)
                defaults.agents = [bench.place.player]
                return defaults
            }
        })
    }

    private func shell(_ bench: DaemonBench) -> WireAgent {
        var agent = WireAgent(bench.place.player)
        agent.command = ["/bin/sh", "\(bench.directory.path)/agent"]
        return agent
    }

    @Test func theConfiguredAgentHasItsVariablesAndNoOtherProgramIsRun() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "echo \"$PLAYER_COLOUR\" > \"$root/seen\"; work; gate true")
        let (own, other) = (bench.spec { $0.completion = .none }, bench.spec())
        bench.server.send(bench.spawn(own), bench.spawn(other) { $0.agent = shell(bench) })
        try await bench.withDaemon { _ in
            await bench.server.until { $0.completions.count == 1 && $0.answers.count == 2 }
            // Neither is there another way to it.
            var resume = ResumeTask()
            resume.head = CommandHead("resume", task: own.id, attempt: 2)
            resume.previousAttempt = 1
            resume.agent = shell(bench)
            bench.server.send(.resumeTask(resume))
            await bench.server.until { $0.answer(to: "resume") != nil }
        }
        let heard = bench.server.heard
        #expect(bench.directory.read("seen") == "teal\n")
        #expect(heard.answer(to: "spawn-\(other.id)-1")?.code == "not_allowed")
        #expect(heard.answer(to: "spawn-\(other.id)-1")?.message?.contains("'agent.command'") == true)
        #expect(heard.answer(to: "resume")?.code == "not_allowed")
        #expect(bench.starts == 1)
    }

    @Test func aSandboxIsACeilingWhenATaskBeginsAndWhenItGoesOn() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "work; gate true")
        let before = bench.spec { $0.completion = .none }
        bench.server.send(bench.spawn(before))
        try await bench.withDaemon { _ in await bench.server.until { $0.completions.count == 1 } }
        let (off, open) = (bench.spec(), bench.spec { $0.sandbox = SandboxSpec(mode: .auto, write: ["/tmp/a"]) })
        var resume = ResumeTask()
        resume.head = CommandHead("resume", task: before.id, attempt: 2)
        resume.previousAttempt = 1
        bench.server.send(bench.spawn(off), bench.spawn(open), .resumeTask(resume))
        try await bench.withDaemon(confined(bench)) { _ in await bench.server.until { $0.answers.count == 4 } }
        let heard = bench.server.heard
        for id in ["spawn-\(off.id)-1", "spawn-\(open.id)-1", "resume"] {
            #expect(heard.answer(to: id)?.code == "not_allowed", "\(id)")
        }
        #expect(bench.starts == 1)
    }

    @Test func whatTheMachinesOwnUserSaysHolds() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "echo \"${PLAYER_COLOUR-none}\" > \"$root/seen\"; work; gate true")
        let spec = bench.spec { $0.completion = .none }
        bench.server.send(bench.spawn(spec) { $0.agent = shell(bench) })
        try await bench.withDaemon(confined(bench, .owner)) { _ in
            await bench.server.until { $0.completions.count == 1 }
        }
        #expect(bench.server.heard.completions.map(\.status) == [.done])
        // Its own program, and so nothing that was configured for another.
        #expect(bench.directory.read("seen") == "none\n")
    }
}
