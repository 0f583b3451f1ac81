/// Confines nothing: commands run with all rights of the person who started makima.
///
/// Used only on explicit demand.
package struct NoSandbox: Sandbox {
    package init() {}

    package var isConfining: Bool { false }

    package func shows(_ path: String) -> Bool { true }

    package func confine(_ command: Command, _ profile: SandboxProfile) -> Command { command }
}
