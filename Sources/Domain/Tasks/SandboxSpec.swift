/// The confinement of one task.
package struct SandboxSpec: Hashable, Sendable, Codable {
    package var mode: SandboxMode
    /// Further paths that may be read, beside the system's programs and libraries.
    package var read: [String]
    /// Further paths that may be written.
    package var write: [String]
    /// Whether programs inside may make sandboxes of their own, for which they need user namespaces and mounts.
    package var nested = false
    /// Whether programs inside may look into each other, as debuggers do.
    package var ptrace = false

    package init(mode: SandboxMode = .auto, read: [String] = [], write: [String] = []) {
        self.mode = mode
        self.read = read
        self.write = write
    }

    /// What a task of an older makima does not say is as it was then.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mode = try container.decode(SandboxMode.self, forKey: .mode)
        read = try container.decode([String].self, forKey: .read)
        write = try container.decode([String].self, forKey: .write)
        nested = try container.decodeIfPresent(Bool.self, forKey: .nested) ?? false
        ptrace = try container.decodeIfPresent(Bool.self, forKey: .ptrace) ?? false
    }
}

/// How strictly agents and checks are confined.
package enum SandboxMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// The sandbox with what this machine offers; refuses to start where there is none.
    case auto
    /// The sandbox with all its parts, or nothing is started.
    case required
    /// No sandbox: agents and checks have the user's own rights.
    case off
}
