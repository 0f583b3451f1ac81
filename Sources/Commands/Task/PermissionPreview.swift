import Domain
import Runner

/// Whether the agents of a task can be held to the permissions it asks for, before a server has it: a daemon would refuse it
/// later, when nobody looks.
struct PermissionPreview {
    let spec: TaskSpec

    func check(on machine: any Machine) async throws {
        let mode = spec.permissionMode
        // Without a sandbox it is the daemon's machine that decides.
        guard spec.sandbox.mode != .off || mode != .full else { return }
        for agent in spec.agents {
            let modes = await machine.report(on: agent).permissions
            guard modes.contains(mode) else {
                throw ServiceError.permissionsUnsupported(agent: agent.name, mode, modes: modes)
            }
        }
        if mode == .ask, spec.questions == nil { throw ServiceError.nobodyToAsk }
    }
}
