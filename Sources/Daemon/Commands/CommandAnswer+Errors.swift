import Domain
import Runner
import Wire
import Workspaces

extension CommandAnswer {
    /// What is answered where a command could not be carried out; throws what is wrong with this machine's journals, which
    /// is no answer.
    init(_ id: String, _ head: CommandHead?, failed error: any Error) throws {
        switch error {
        case let refusal as Refusal: self.init(id, head, refused: refusal)
        case is CancellationError, is DaemonJournalError: throw error
        default:
            self.init(id, head, Self.isRefusal(error) ? .refused : .failed)
            code = Self.code(of: error)
            message = "\(error)".clipped(to: WireLimits.message)
            hint = (error as? any ExplainedError)?.hint.clipped(to: WireLimits.message)
        }
    }

    private static func code(of error: any Error) -> String {
        switch error {
        case ServiceError.noSuchTask: "unknown_task"
        case ServiceError.diskLow: "disk"
        case ServiceError.agentMissing: "agent_unknown"
        case ServiceError.sandboxUnavailable, ServiceError.limitsUnavailable, ServiceError.ignoredFiles,
            ServiceError.permissionsUnsupported:
            "not_allowed"
        case is ServiceError: "wrong_status"
        case WireError.field(_, .inconsistent(.agentUnknown)): "agent_unknown"
        case is WireError: "not_allowed"
        case is WorkspaceError: "repository"
        default: (error as? any ExplainedError)?.errorCode == .refused ? "wrong_status" : "internal"
        }
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        error is ServiceError || error is WireError || (error as? any ExplainedError)?.errorCode == .refused
    }
}
