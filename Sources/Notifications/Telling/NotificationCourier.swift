import Domain

/// Brings events to one target: what the ledger lets through, again and again until it is there or given up.
struct NotificationCourier: Sendable {
    let route: Notifier.Route
    let ledger: LedgerFile
    let surroundings: Notifier.Surroundings
    let schedule: RetrySchedule
    let report: Notifier.Report

    func offer(_ event: NotificationEvent) async {
        await tellHeldBack { $0.needingToTell(to: $1, at: $2) }
        switch judge(event) {
        case .unimportant, .repetition, .heldBack: return
        case .tell(let heldBack):
            var event = event
            event.heldBack = heldBack
            await deliver(event)
        }
    }

    /// Says what was held back, once there is room to.
    func tellHeldBack() async { await tellHeldBack { $0.heldBackToTell(to: $1, at: $2) } }

    private typealias Choice = (NotificationLedger, NotificationTarget, Timestamp) -> NotificationLedger.HeldBack?

    private func tellHeldBack(_ choose: Choice) async {
        let now = surroundings.wallClock.now()
        guard let held = look({ choose($0, route.target, now) }) ?? nil else { return }
        await deliver(.heldBack(held, at: now, from: surroundings.origin))
    }

    func reportLost(_ count: Int) {
        guard count > 0 else { return }
        report("The target '\(route.target.name)' did not keep up: \(count) notifications were dropped.")
    }

    private func deliver(_ event: NotificationEvent) async {
        let problem = await sendUntilThere(event)
        if problem != nil, Task.isCancelled {
            // It is not noted: a server that comes back tells it then.
            return report("The target '\(route.target.name)' could not be told in time, and was given up.")
        }
        if let problem { report("The target '\(route.target.name)' (\(route.target.place)) was not told: \(problem).") }
        let now = surroundings.wallClock.now()
        look { $0.noteTold(event, to: route.target, at: now) }
    }

    /// What kept it from arriving in the last try; `nil` where it is there.
    private func sendUntilThere(_ event: NotificationEvent) async -> String? {
        var tries = 0
        var elapsed = Duration.zero
        let began = surroundings.wallClock.now()
        while true {
            if Task.isCancelled { return "there was no time left" }
            let delivery = await route.sender.send(event, at: surroundings.wallClock.now())
            tries += 1
            guard case .failed(let words, let wish) = delivery else { return delivery.problem }
            elapsed = max(elapsed, surroundings.wallClock.now() - began)
            guard let pause = schedule.pause(after: tries, elapsed: elapsed, wish: wish) else { return words }
            do {
                try await surroundings.clock.sleep(for: pause)
            } catch { return words }
            elapsed += pause
        }
    }

    /// Where nothing can be looked up, it is told: better twice than never.
    private func judge(_ event: NotificationEvent) -> NotificationLedger.Judgement {
        let now = surroundings.wallClock.now()
        return look { $0.judge(event, for: route.target, at: now) } ?? .tell(heldBack: 0)
    }

    /// `nil` where the ledger cannot be used, which is reported.
    @discardableResult
    private func look<Result>(_ body: (inout NotificationLedger) -> Result) -> Result? {
        do throws(LedgerError) {
            return try ledger.change(body)
        } catch {
            report(error.description)
            return nil
        }
    }
}
