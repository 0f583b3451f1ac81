package import Domain

/// What a sandboxed process sees.
///
/// Everything not named is not there.
package struct SandboxProfile: Hashable, Sendable {
    /// In the order in which they are mounted: a later one lies over an earlier one.
    package var binds: [Bind]
    /// Directories made as empty, private, temporary file systems, in addition to `/tmp` and `/run`.
    package var temporaryDirectories: [String]
    package var network: Network
    /// Whether the program is the first process inside, process 1, and reaps the others itself.
    package var startsAsInit = false
    /// What is allowed beyond the ordinary, because the user's tools need it.
    package var exceptions: Set<Exception> = []
    package var limits = ProcessLimits()

    package init(binds: [Bind] = [], temporaryDirectories: [String] = [], network: Network = .none) {
        self.binds = binds
        self.temporaryDirectories = temporaryDirectories
        self.network = network
    }

    /// A path of the host made visible inside.
    package struct Bind: Hashable, Sendable {
        package var source: String
        package var destination: String
        package var isWritable: Bool
        /// Leaves the bind out, instead of failing, when `source` does not exist.
        package var isOptional: Bool

        package init(_ source: String, at destination: String? = nil, writable: Bool = false, optional: Bool = false) {
            self.source = source
            self.destination = destination ?? source
            isWritable = writable
            isOptional = optional
        }
    }

    /// Something that is refused unless a user asks for it.
    package enum Exception: String, Hashable, Sendable, Codable {
        /// User namespaces and mounts, for programs that make a sandbox of their own.
        case nesting
        /// Looking into other processes of the sandbox, for debuggers.
        case tracing
    }

    package enum Network: Hashable, Sendable {
        /// The host's, with all that listens there for the user alone.
        case full
        case none
        /// None but a ``ProxyServer``, whose socket this is, alone in its directory; only under the shim, which leads to it.
        ///
        /// A socket that takes the place of this one is reached, too.
        case proxied(socket: String)
    }
}

/// Confines commands.
///
/// The implementations: ``BubblewrapSandbox``, and ``NoSandbox`` on explicit demand.
package protocol Sandbox: Sendable {
    /// Whether anything is confined at all; shown to people.
    var isConfining: Bool { get }

    /// Whether what is at `path` on the host is visible under every profile.
    func shows(_ path: String) -> Bool

    /// Returns the command that runs `command` under `profile`.
    ///
    /// `command.directory` and `command.environment` are as seen inside. A sandbox that does not confine returns the
    /// command unchanged: the caller then names host paths.
    func confine(_ command: Command, _ profile: SandboxProfile) -> Command
}
