import Fleet
import Logging
import Store

/// Forgets what is older than wanted.
struct Pruner: Sendable {
    let store: any TaskStore
    let rules: PruneRules
    let surroundings: Surroundings
    /// How often it looks.
    var step = Duration.seconds(600)

    func run() async {
        while true {
            do {
                try await prune()
            } catch {
                surroundings.logger.error("Old records could not be removed.", metadata: ["error": "\(error)"])
            }
            do {
                try await surroundings.clock.sleep(for: step)
            } catch { return }
        }
    }

    /// A thousand rows at a time, so that nobody waits long.
    func prune() async throws {
        while !Task.isCancelled {
            let report = try await store.prune(rules, at: surroundings.now(), limit: 1000)
            if report.isEmpty { return }
            surroundings.logger.debug("Old records were removed.", metadata: ["report": "\(report)"])
        }
    }
}
