package import Processes

/// What this machine offers as a sandbox, found out once.
package actor ProbedSandbox {
    private let probe: SandboxProbe
    private var finding: Task<SandboxAvailability, Never>?

    package init(_ probe: SandboxProbe) {
        self.probe = probe
    }

    /// The first call runs bubblewrap; all others wait for its answer.
    func availability() async -> SandboxAvailability {
        if let finding { return await finding.value }
        let probe = probe
        let finding = Task { await probe.availability() }
        self.finding = finding
        return await finding.value
    }
}
