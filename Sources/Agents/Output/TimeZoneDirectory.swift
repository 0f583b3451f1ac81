/// The system's time zone rules (`/usr/share/zoneinfo`), read as files: a formatter library would cost tens of megabytes.
package struct TimeZoneDirectory: Hashable, Sendable {
    private let root: String
    private let localFile: String

    /// `localName` is the value of `TZ`; without one, `/etc/localtime` says which zone is the local one.
    package init(localName: String? = nil, root: String = "/usr/share/zoneinfo") {
        self.root = root
        let name = localName.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 } ?? ""
        localFile = Self.isZoneName(name) ? "\(root)/\(name)" : "/etc/localtime"
    }

    /// The rules of the zone `name`, such as `Europe/Vilnius`; `nil` where there is none of that name.
    func rules(for name: String) -> ZoneRules? {
        if ["UTC", "GMT", "Z"].contains(name) { return .utc }
        guard Self.isZoneName(name) else { return nil }
        return FileProbe("\(root)/\(name)").contents(upTo: 1 << 20).flatMap { ZoneRules(tzif: $0) }
    }

    /// The rules of the machine's own zone; UTC where it has none.
    var localRules: ZoneRules {
        FileProbe(localFile).contents(upTo: 1 << 20).flatMap { ZoneRules(tzif: $0) } ?? .utc
    }

    /// Names come out of an agent's output: none may lead out of the directory.
    private static func isZoneName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count < 64 && !name.hasPrefix("/") && !name.contains("..")
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "/_+-".utf8.contains(byte)
            }
    }
}
