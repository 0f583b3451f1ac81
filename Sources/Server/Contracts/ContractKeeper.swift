import Domain
import Fleet
import Logging
import Store
import Synchronization

/// Looks after contracts: whenever something has changed it asks `ContractRules` what follows, and has it carried out.
///
/// It knows nothing that is not in the store: a server that dies between two steps goes on at the next start.
struct ContractKeeper: Sendable {
    let store: any TaskStore
    let hands: ContractHands
    let surroundings: Surroundings
    let bell: Bell
    /// How late a wait may end for it, and a daemon be missed.
    var step = Duration.seconds(1)
    /// One contract takes no longer than so many steps in a row.
    private static let mostSteps = 50

    /// Works until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            let changes = store.changes()
            group.addTask {
                for await change in changes where change.matters { bell.ring() }
            }
            group.addTask {
                repeat { bell.ring() } while await sleep()
                bell.finish()
            }
            for await _ in bell.rings { await lookAtAll() }
            group.cancelAll()
        }
    }

    private func sleep() async -> Bool {
        do {
            try await surroundings.clock.sleep(for: step)
            return true
        } catch { return false }
    }

    private func lookAtAll() async {
        hands.merges.look()
        do {
            for id in try await store.activeContracts() {
                do {
                    try await look(at: id)
                } catch is CancellationError {
                    return
                } catch {
                    surroundings.logger.error(
                        "A contract could not be looked after.",
                        metadata: ["contract.id": "\(id)", "error": "\(error)"]
                    )
                }
            }
        } catch {
            surroundings.logger.error("Contracts could not be looked after.", metadata: ["error": "\(error)"])
        }
    }

    /// Carries on with a contract as far as it goes now.
    func look(at id: ContractID) async throws {
        for _ in 0..<Self.mostSteps {
            guard let contract = try await store.contract(id) else { return }
            let view = try await hands.view(of: contract)
            let (next, notes) = ContractRules.advance(contract, view)
            var current = contract
            if next != contract {
                guard case .updated(let saved) = try await store.update(next, notes: notes, at: view.now) else {
                    continue
                }
                current = saved
            }
            let hasDone = try await hands.carryOut(current, view)
            if next == contract, !hasDone { return }
        }
    }
}

extension StoreChange {
    /// Whether something may follow for a contract at once.
    ///
    /// What agents print is none of it, and what they have spent is looked at now and then anyway.
    fileprivate var matters: Bool { isListChanged || areContractsChanged || isOverflown }
}
