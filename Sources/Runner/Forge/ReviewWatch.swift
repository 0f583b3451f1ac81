import Domain
import LoopCore

/// Stays with a pull request until ``ReviewMachine`` says what follows.
struct ReviewWatch: Sendable {
    let parts: RunParts
    let desk: any PullRequestDesk
    let pullRequest: PullRequest
    let commit: CommitID
    /// Whether people have said something that the agent has not heard, and an iteration is left for it.
    let hasUnheard: @Sendable () async -> Bool

    enum Outcome: Sendable {
        case cameBack([ReviewItem])
        case ended(ReviewEnd)
    }

    func watch(_ machine: ReviewMachine) async -> Outcome {
        var machine = machine
        var effect = machine.handle(.opened)
        while true {
            switch effect {
            case .look(let pause): effect = machine.handle(await next(after: pause))
            case .goOn(let items): return .cameBack(items)
            case .end(let end): return .ended(end)
            // An event that means nothing: there is none like that here, and to stop does no harm.
            case nil: return .ended(.stopped)
            }
        }
    }

    /// What happens first: the look after the pause, or a person's wish to stop.
    private func next(after pause: Duration) async -> ReviewMachine.Event {
        await withTaskGroup(of: ReviewMachine.Event?.self) { group in
            group.addTask { await look(after: pause) }
            group.addTask { await wishToStop() }
            for await event in group {
                guard let event else { continue }
                group.cancelAll()
                return event
            }
            // The whole run is cancelled.
            return .stopRequested
        }
    }

    private func look(after pause: Duration) async -> ReviewMachine.Event? {
        guard await rest(pause) else { return nil }
        do {
            let snapshot = try await desk.look(at: pullRequest, commit: commit)
            let isSaid = await hasUnheard()
            let now = parts.surroundings.wallClock.now()
            return isSaid ? .said(snapshot, at: now) : .looked(snapshot, at: now)
        } catch let failure as ForgeFailure {
            parts.observer.observe(.notice(.review(.lookFailed("\(failure)"))))
            return .lookFailed(failure, at: parts.surroundings.wallClock.now())
        } catch is CancellationError {
            return nil
        } catch {
            return .lookFailed(.unavailable(message: "\(error)"), at: parts.surroundings.wallClock.now())
        }
    }

    /// Waits for the time, or until a person wants to know at once; false where the calling task was cancelled.
    private func rest(_ pause: Duration) async -> Bool {
        guard pause > .zero else { return !Task.isCancelled }
        let bell = parts.listenForWaitBell()
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await Stopwatch(parts.surroundings.clock).sleep(until: pause) }
            if let bell {
                group.addTask {
                    for await _ in bell { return true }
                    return false
                }
            }
            for await isDue in group where isDue {
                group.cancelAll()
                return true
            }
            return false
        }
    }

    private func wishToStop() async -> ReviewMachine.Event? {
        let (wishes, inbox) = AsyncStream.makeStream(of: Void.self)
        parts.control.onStop { _ in inbox.yield() }
        for await _ in wishes { return .stopRequested }
        return nil
    }
}
