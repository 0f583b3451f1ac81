package import Domain

/// Tells people of tasks: each target in its own time and order, so that none waits for another.
package struct Notifier: Sendable {
    /// A target, and what brings messages there.
    package struct Route: Sendable {
        package var target: NotificationTarget
        package var sender: any NotificationSender

        package init(_ target: NotificationTarget, by sender: any NotificationSender) {
            self.target = target
            self.sender = sender
        }
    }

    /// What everything here needs of the world.
    package struct Surroundings: Sendable {
        package var clock: any Clock<Duration>
        package var wallClock: any WallClock
        package var origin: NotificationOrigin

        package init(clock: any Clock<Duration>, wallClock: any WallClock, origin: NotificationOrigin) {
            self.clock = clock
            self.wallClock = wallClock
            self.origin = origin
        }
    }

    /// Is told, in one sentence each, what could not be told.
    package typealias Report = @Sendable (String) -> Void

    private let routes: [Route]
    private let ledger: LedgerFile
    private let surroundings: Surroundings
    private let schedule: RetrySchedule

    /// Beyond these a target that does not keep up is told of no more.
    private static let mostWaiting = 1000
    /// How often it is looked whether there is room to say that something was held back.
    private static let pulse = Duration.seconds(60)

    package init(
        routes: [Route],
        ledger: LedgerFile,
        surroundings: Surroundings,
        schedule: RetrySchedule = RetrySchedule()
    ) {
        self.routes = routes
        self.ledger = ledger
        self.surroundings = surroundings
        self.schedule = schedule
    }

    /// Since when a server tells what changes; the first time is now.
    package func servedSince() throws(LedgerError) -> Timestamp {
        let now = surroundings.wallClock.now()
        return try ledger.change { ledger in
            let since = ledger.servedSince ?? now
            ledger.servedSince = since
            return since
        }
    }

    /// Tells of moments as they come, until they end or the caller is cancelled.
    ///
    /// Returns when all is told; `patience` after the end of the moments whatever is not told is given up, and reported.
    package func tell(_ moments: AsyncStream<TaskMoment>, patience: Duration?, report: @escaping Report) async {
        await withTaskGroup(of: Ended.self) { group in
            let lines = routes.map { route in
                let line = NotificationLine(most: Self.mostWaiting)
                group.addTask {
                    await work(at: route, line, report)
                    return .line
                }
                return line
            }
            for await moment in moments {
                guard let event = NotificationEvent(moment, from: surroundings.origin) else { continue }
                for line in lines { line.add(event) }
            }
            for line in lines { line.finish() }
            await end(&group, lines.count, patience)
        }
    }

    private enum Ended {
        case line
        case patience
    }

    private func end(_ group: inout TaskGroup<Ended>, _ lines: Int, _ patience: Duration?) async {
        let clock = surroundings.clock
        if let patience {
            group.addTask {
                // Whether the time is over or the waiting, nothing is waited for any more.
                try? await clock.sleep(for: patience)
                return .patience
            }
        }
        var left = lines
        while left > 0, let ended = await group.next() {
            switch ended {
            case .line: left -= 1
            case .patience: group.cancelAll()
            }
        }
        group.cancelAll()
    }

    // MARK: - One target

    private func work(at route: Route, _ line: NotificationLine, _ report: @escaping Report) async {
        let courier = NotificationCourier(
            route: route,
            ledger: ledger,
            surroundings: surroundings,
            schedule: schedule,
            report: report
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while await pause(Self.pulse) { line.pulse() }
            }
            for await item in line.items {
                switch item {
                case .event(let event): await courier.offer(event)
                case .pulse: await courier.tellHeldBack()
                }
                // What is buffered would still be handed out, and each of it given up for itself.
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
        courier.reportLost(line.lost)
    }

    /// Whether the time passed.
    private func pause(_ time: Duration) async -> Bool {
        do {
            try await surroundings.clock.sleep(for: time)
            return true
        } catch { return false }
    }
}
