import Processes
import Testing

/// Returns the sandbox of this machine.
///
/// Tests that need it fail where there is none: an untested sandbox is no sandbox.
func workingSandbox() async throws -> BubblewrapSandbox {
    switch await probing.value {
    case .available(let sandbox, _): return sandbox
    case .unavailable(let reason): throw MissingSandbox(reason: reason)
    }
}

/// Once for all tests.
private let probing = Task { await SandboxProbe(launcher: PosixSpawnLauncher(), path: systemPath).availability() }

struct MissingSandbox: Error {
    var reason: SandboxAvailability.Reason
}
