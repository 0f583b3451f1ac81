/// What of the network is seen inside of a sandbox.
package enum NetworkMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// All that the user reaches, this machine's own services among it.
    case full
    /// Only listed hosts, by makima's own proxy.
    case allowlist
    /// Nothing; an agent whose model is elsewhere cannot work so.
    case none
}

extension NetworkMode {
    /// Both limits together; without `wish` this one.
    package func narrowed(to wish: NetworkMode?) -> NetworkMode {
        guard let wish, wish.isNarrower(than: self) else { return self }
        return wish
    }

    package func isNarrower(than other: NetworkMode) -> Bool { width < other.width }

    private var width: Int {
        switch self {
        case .none: 0
        case .allowlist: 1
        case .full: 2
        }
    }
}
