import Commands
import Domain
import LoopCore
import Server
import Wire

extension LocalMachine {
    /// Why a contract could not be; `nil` also where other daemons may work on it, whose agents and repository are not known here.
    func objection(to request: ContractRequest, daemons: Set<String>) async throws -> ContractObjection? {
        guard let own = try await ownDaemon(), daemons == [own],
            let path = request.template.spawn.targetRepoPath, isThere(path)
        else { return nil }
        let agents: [AgentConfiguration]
        let place: RepositoryFacts
        do {
            guard let found = try await inspectRepository(at: path, base: nil) else { return nil }
            place = found
            agents = try await loadSettings(for: found).tasks.agents
        } catch {
            // What cannot be read here its daemon tells.
            return nil
        }
        let preview = ContractPreview(request, in: place) { agent in
            guard let known = agents.first(where: { $0.name == agent.name }) else { return nil }
            do throws(WireError) {
                return try agent.configuration(over: known, trust: .owner)
            } catch { return nil }
        }
        do {
            _ = try await preview.warnings(on: self)
            return nil
        } catch let error as MissingTargetError {
            return ContractObjection("target_missing", in: "targets", error)
        } catch let error as LimitError {
            return ContractObjection("budget_not_held", in: "limits", error)
        } catch let error as CancellationError {
            throw error
        } catch {
            // What cannot be looked at here its daemon tells.
            return nil
        }
    }
}
