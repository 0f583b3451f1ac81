/// What of the network is seen inside of a sandbox.
package enum NetworkMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// All that the user reaches, this machine's own services among it.
    case full
    /// Only listed hosts, by makima's own proxy.
    case allowlist
    /// Nothing; an agent whose model is elsewhere cannot work so.
    case none
}
