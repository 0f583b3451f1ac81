/// What agents need to know about the machine and its user; read once where makima starts.
package struct AgentHost: Hashable, Sendable {
    /// makima's own environment.
    package var environment: [String: String]
    /// The user's home directory, absolute.
    package var home: String
    /// The directory that relative paths of the configuration are relative to: where makima was started.
    package var directory: String
    /// makima's own executable, absolute.
    package var executable: String
    /// Where the time zone rules are kept.
    package var zones: TimeZoneDirectory
    /// Whether the user is root.
    package var isRoot = false

    package init(
        environment: [String: String],
        home: String,
        directory: String,
        executable: String,
        zones: TimeZoneDirectory? = nil
    ) {
        self.environment = environment
        self.home = home
        self.directory = directory
        self.executable = executable
        self.zones = zones ?? TimeZoneDirectory(localName: environment["TZ"])
    }
}
