import Domain
import LoopCore
import Workspaces

/// Carries out what ``LoopMachine`` decides, for one run of one task.
///
/// One loop: the next happening goes to the machine, what it decides goes to the journal, and only then the effects are
/// carried out, the long ones as child tasks that report back as happenings. A person's wish to stop is a happening
/// too, so that the agent's end is always waited for and recorded.
struct TaskRunner: Sendable {
    let parts: RunParts

    /// Runs until the machine says why to stop, and returns the shell with that reason.
    func run(_ shell: RunShell, _ opening: LoopStart.Opening) async -> RunShell {
        var shell = shell
        let (happenings, inbox) = AsyncStream.makeStream(of: Happening.self)
        return await withTaskGroup(of: Void.self) { group in
            parts.control.onStop { inbox.yield(.event($0 == .pause ? .pauseRequested : .stopRequested)) }
            var effects = await shell.open(opening)
            if let work = shell.adoptedWork() { group.addTask { inbox.yield(await work.perform()) } }
            while true {
                for effect in effects { await start(effect, of: &shell, in: &group, inbox) }
                if shell.stopReason != nil { break }
                guard let happening = await next(happenings) else { break }
                effects = await shell.decide(happening)
            }
            await endAgent(of: &shell, happenings)
            group.cancelAll()
            await group.waitForAll()
            return shell
        }
    }

    /// Ends an agent that still works though the run is over, as where the journal cannot be written, and waits for its end:
    /// what it has spent is known only then.
    private func endAgent(of shell: inout RunShell, _ happenings: AsyncStream<Happening>) async {
        guard shell.isAgentRunning else { return }
        parts.control.stop(.gentle)
        while shell.isAgentRunning, let happening = await next(happenings) { await shell.noteLate(happening) }
    }

    /// Comes before the journal is told that the iteration begins: none is used up.
    private func refusal(of shell: inout RunShell, attempt: Int) async -> LoopMachine.Event? {
        if let event = await refusalForDisk() { return event }
        return await shell.admit(attempt: attempt)
    }

    private func refusalForDisk() async -> LoopMachine.Event? {
        if let event = parts.refusalForLackOfRoom() { return event }
        return await parts.refusalForExcess()
    }

    private func next(_ happenings: AsyncStream<Happening>) async -> Happening? {
        for await happening in happenings { return happening }
        return nil
    }

    private func importWhereDue(of shell: inout RunShell, in group: inout TaskGroup<Void>) {
        guard shell.importIsDue() else { return }
        let parts = parts
        group.addTask { await parts.importCheckpoints() }
    }

    private func start(
        _ effect: LoopMachine.Effect,
        of shell: inout RunShell,
        in group: inout TaskGroup<Void>,
        _ inbox: AsyncStream<Happening>.Continuation
    ) async {
        switch effect {
        case .beginIteration(let number, let attempt, let session):
            if let event = await refusal(of: &shell, attempt: attempt) {
                inbox.yield(.event(event))
                break
            }
            var work = shell.iterationWork(number, attempt: attempt, session: session)
            if let probe = shell.probe {
                work.noteAnswer = { inbox.yield(.probeWorks(began: probe.began)) }
                group.addTask { [work] in await work.noteLongProbe() }
            }
            group.addTask { [work] in inbox.yield(await work.perform()) }
            importWhereDue(of: &shell, in: &group)
        case .runChecks(let number):
            if let event = await refusalForDisk() {
                inbox.yield(.event(event))
                break
            }
            let work = shell.checkWork(number)
            group.addTask { inbox.yield(await work.perform()) }
            importWhereDue(of: &shell, in: &group)
        case .wait:
            if let event = await shell.fallOver() {
                inbox.yield(.event(event))
                break
            }
            guard let pause = shell.pause() else { break }
            group.addTask { if let happening = await pause() { inbox.yield(happening) } }
            importWhereDue(of: &shell, in: &group)
        case .changeStrategy:
            if let change = shell.task.strategyChange { parts.observer.observe(.notice(.strategyChanged(change))) }
        case .hearPeople: parts.observer.observe(.notice(.doneButUnheard))
        case .changeAgent:
            if let change = shell.task.agentChange { parts.observer.observe(.notice(.agentChanged(change))) }
        case .interruptAgent, .interruptChecks:
            // The wish went to the running process when it was made: nothing is quicker than that.
            break
        case .finish(let reason):
            shell.stop(reason)
        }
    }
}

/// Something that happened, with what the journal must know beyond what the machine is told.
enum Happening: Sendable {
    case event(LoopMachine.Event)
    case iterationEnded(IterationReport, IterationOutcome)
    case checksEnded(ChecksReport, CheckpointReport)
    /// A person wants the wait to end now.
    case waitEnded
    /// The service answers the probe that began then; nothing that the loop decides by.
    case probeWorks(began: Timestamp)

    /// Whether no agent runs any more that did before.
    var endsAgent: Bool {
        switch self {
        case .iterationEnded, .event(.failed), .event(.blocked): true
        case .event, .checksEnded, .waitEnded, .probeWorks: false
        }
    }

    var event: LoopMachine.Event? {
        switch self {
        case .event(let event): event
        case .iterationEnded(let report, _): .iterationEnded(report)
        case .checksEnded(let report, _): .checksEnded(report)
        case .waitEnded: .waitElapsed
        case .probeWorks: nil
        }
    }
}
