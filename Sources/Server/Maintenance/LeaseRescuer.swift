import Domain
import Fleet
import Logging
import Store

/// Ends sessions whose lease is over, and loses the attempts of daemons that have been gone for too long.
struct LeaseRescuer: Sendable {
    let store: any TaskStore
    let surroundings: Surroundings
    /// How often it looks.
    var step = Duration.seconds(1)

    func run() async {
        var watch = LeaseWatch(longestBreak: store.leases.timeToLive)
        _ = watch.look(at: surroundings.now())
        while true {
            do {
                try await surroundings.clock.sleep(for: step)
            } catch { return }
            do {
                try await rescue(watchedSince: watch.look(at: surroundings.now()))
            } catch {
                surroundings.logger.error("Leases could not be looked at.", metadata: ["error": "\(error)"])
            }
        }
    }

    func rescue(watchedSince watch: Timestamp?) async throws {
        let time = surroundings.now()
        for session in try await store.expired(at: time)
        where try await store.endSession(session.key, .expired, at: time) {
            surroundings.meter.count { $0.lostSessions += 1 }
            surroundings.logger.notice(
                "Nothing was heard of a daemon until its lease was over.",
                metadata: ["daemon.id": "\(session.daemon)", "session": "\(session.number)"]
            )
        }
        for task in try await store.rescue(watchedSince: watch, at: time, limit: 100) {
            surroundings.meter.count { $0.lostAttempts += 1 }
            surroundings.logger.notice(
                "An attempt was lost with its daemon.",
                metadata: ["task.id": "\(task.id)", "attempt": "\(task.attempt)", "losses": "\(task.losses)"]
            )
        }
    }
}
