import Domain
import Runner
import Synchronization
import Testing

@testable import Commands

struct NotificationTests {
    private func bench(_ notifier: FakeNotifier, _ events: [RunEvent] = []) -> TestBench {
        let service = FakeTaskService()
        service.configure { $0.events = events }
        var bench = TestBench(service: service)
        bench.machine.notifier = notifier
        return bench
    }

    @Test func aRunTellsWhatItAsksAndItsEnd() async throws {
        let notifier = FakeNotifier()
        let request = PermissionRequest(tool: "Bash", kind: .other, subject: "npm install")
        var tries = TaskWait(.rateLimited, from: Sample.time, until: Sample.time)
        tries.role = .probes
        let bench = self.bench(
            notifier,
            [
                .asked(request, number: 4, patience: .seconds(300)), .waiting(tries),
                .waiting(TaskWait(.permission, from: Sample.time, until: Sample.time)),
            ]
        )
        #expect(await bench.run("run", "plan", "--quiet") == .success)
        let told = notifier.told
        #expect(told.map(\.status) == [.running, .waiting, .done])
        #expect(told.map { $0.question?.number } == [4, 4, nil])
        #expect(told.first?.question?.isPermission == true)
        #expect(told.first?.question?.text.contains("Bash: npm install") == true)
        #expect(told.last?.reason == .completed(.verified))
    }

    @Test func whatCouldNotBeToldIsAWarningAfterTheAnswer() async throws {
        let bench = self.bench(FakeNotifier(complaint: "The target 'phone' was not told: nobody listens there."))
        #expect(await bench.run("run", "plan") == .success)
        #expect(bench.errors.text.contains("Warning: The target 'phone' was not told: nobody listens there.\n"))
        #expect(!bench.output.text.contains("Warning"))
    }

    @Test func targetsAreListedWithoutTheirSecrets() async throws {
        var bench = self.bench(FakeNotifier())
        bench.machine.targets = Self.targets
        #expect(await bench.run("notify") == .success)
        #expect(
            bench.output.text == """
                TARGET  KIND     FORMAT  TOLD OF           WHERE
                desk    desktop          normal and above  this desktop
                team    webhook  slack   high              https://hooks.slack.com

                """
        )
        #expect(await bench.run("notify", "team", "--json") == .success)
        #expect(!bench.output.text.contains("t0ps3cret"))
        #expect(
            bench.output.text.hasSuffix(
                #"[{"name":"team","kind":"webhook","format":"slack","least":"high","place":"https://hooks.slack.com","mostPerHour":30}]"#
                    + "\n"
            )
        )
    }

    @Test func aTestSaysWhatCameOfEach() async throws {
        var bench = self.bench(FakeNotifier())
        bench.machine.targets = Self.targets
        bench.machine.unreachableTargets = ["team": "it answers with status 404"]
        #expect(await bench.run("notify", "--test") == .failure)
        #expect(
            bench.output.text == """
                ✓ desk (this desktop): told.
                ✗ team (https://hooks.slack.com): not told: it answers with status 404.

                """
        )
        #expect(await bench.run("notify", "--test", "desk") == .success)
    }

    @Test func whoIsNotThereCannotBeTold() async throws {
        var bench = self.bench(FakeNotifier())
        #expect(await bench.run("notify", "--test") == .failure)
        #expect(bench.errors.text.contains("No target of notifications is configured."))
        bench.machine.targets = Self.targets
        #expect(await bench.run("notify", "--test", "tema") == .failure)
        #expect(bench.errors.text.contains("There is no target 'tema', did you mean 'team'?"))
    }

    private static let targets: [NotificationTarget] = {
        var desk = NotificationTarget(name: "desk")
        desk.kind = .desktop
        var team = NotificationTarget(name: "team")
        team.url = "https://hooks.slack.com/services/t0ps3cret"
        team.format = .slack
        team.least = .high
        return [desk, team]
    }()
}

/// Keeps what it is to tell.
final class FakeNotifier: RunNotifier {
    private let moments = Mutex<[TaskMoment]>([])
    private let complaint: String?

    init(complaint: String? = nil) {
        self.complaint = complaint
    }

    var told: [TaskMoment] { moments.withLock(\.self) }

    func tell(_ moments: AsyncStream<TaskMoment>, report: @escaping @Sendable (String) -> Void) async {
        for await moment in moments { self.moments.withLock { $0.append(moment) } }
        if let complaint { report(complaint) }
    }
}
