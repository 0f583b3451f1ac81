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
    package var network: NetworkMode = .full
    /// Texts of ``AllowedHost``: what may be reached in the mode `allowlist`.
    package var allowHosts: [String] = []
    /// How many MiB a run may send out in the mode `allowlist`; `nil` is without limit.
    package var maxUploadMiB: Int?
    package var limits = ProcessLimits()

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
        network = try container.decodeIfPresent(NetworkMode.self, forKey: .network) ?? .full
        allowHosts = try container.decodeIfPresent([String].self, forKey: .allowHosts) ?? []
        limits = try container.decodeIfPresent(ProcessLimits.self, forKey: .limits) ?? ProcessLimits()
        maxUploadMiB = try container.decodeIfPresent(Int.self, forKey: .maxUploadMiB)
    }
}

/// What an agent or a check, with all that it starts, may take of the machine; `nil` is as much as the user.
package struct ProcessLimits: Hashable, Sendable, Codable {
    /// At one time, of one agent or check; threads count, too.
    package var processes: Int?
    /// Of all processes together.
    package var memoryMiB: Int?
    /// How many processors they may take, as 1.5.
    package var cpus: Double?
    /// Of each process.
    package var openFiles: Int?
    /// The greatest size of a file that is written.
    package var fileMiB: Int?
    /// What the task's workspace, its home and the output of what runs may take on the disk.
    package var diskMiB: Int?

    /// What a number of a limit may be at most.
    package static let greatest = 1 << 30

    package init() {}
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
