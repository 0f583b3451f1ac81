package import Domain

/// Decides where a webhook may lead: what was looked up is what is judged, and what is dialled.
package enum AddressRules {
    /// The addresses that may be dialled; `own` are this machine's, `nil` where they cannot be told.
    ///
    /// One that may not be reached spoils all: a name with a public and a private address wants to be looked up twice.
    package static func dialable(
        _ found: [IPAddress],
        own: Set<IPAddress>?,
        allowsPrivate: Bool
    ) throws(AddressRefusal) -> [IPAddress] {
        guard !found.isEmpty else { throw .unknownHost }
        if allowsPrivate { return found.filter(\.isUnicast) }
        guard let own else { throw .ownAddressesUnknown }
        guard found.allSatisfy({ $0.isPublic && !own.contains($0) }) else { throw .notPublic }
        return found
    }

    /// Whether an address may be asked in this scheme at all.
    package static func check(_ address: WebhookAddress, allowsPrivate: Bool) throws(AddressRefusal) {
        guard address.isSecure || allowsPrivate else { throw .clear }
    }
}

/// Why a webhook is not dialled.
package enum AddressRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case unknownHost
    /// Loopback, private, link-local, a metadata service or this machine's own.
    case notPublic
    case ownAddressesUnknown
    case clear

    package var sentence: String {
        switch self {
        case .unknownHost: "its name is not known"
        case .notPublic: "it leads to this machine or into a private network, which only 'allow_private' allows"
        case .ownAddressesUnknown: "this machine's own addresses cannot be told from it"
        case .clear: "it is not 'https', which only 'allow_private' allows"
        }
    }
}

extension IPAddress {
    /// Whether one machine has it.
    fileprivate var isUnicast: Bool {
        bytes.count == 4 ? bytes[0] < 224 : bytes[0] != 0xff
    }
}
