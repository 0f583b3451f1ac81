import Domain
import Synchronization
import Workspaces

/// A workspace that a recovery opened and left open for the run that follows: opening it takes longer than all the rest.
final class KeptWorkspace: Sendable {
    private struct Kept {
        var workspace: any Workspace
        var spec: TaskSpec
    }

    private let state = Mutex<Kept?>(nil)

    /// Keeps the workspace that was opened as `spec` wants it.
    func keep(_ workspace: any Workspace, for spec: TaskSpec) {
        state.withLock { $0 = Kept(workspace: workspace, spec: spec) }
    }

    /// Hands the workspace over where it was opened as `spec` wants it, and is as it should be.
    func take(for spec: TaskSpec) async -> (any Workspace)? {
        let kept = state.withLock { kept in
            defer { kept = nil }
            return kept
        }
        guard let kept else { return nil }
        let (before, now) = (kept.spec, spec)
        do {
            guard before.sandbox == now.sandbox, before.repository == now.repository else { throw Unfit() }
            try await kept.workspace.verify()
            return kept.workspace
        } catch {
            // Whoever opens it anew is told what is wrong with it.
            await kept.workspace.close()
            return nil
        }
    }

    /// Closes what nobody took.
    func close() async {
        await state.withLock { kept in
            defer { kept = nil }
            return kept
        }?
        .workspace.close()
    }

    private struct Unfit: Error {}
}
