import Glibc

/// The parts of the host's system that every sandbox sees, read-only.
///
/// Programs and libraries, and of `/etc` what programs need to run, to resolve names and to trust certificates. Nothing
/// of it is a secret.
package struct SystemRoot: Hashable, Sendable {
    private let programs: [HostPath]
    private let configuration: [HostPath]
    /// `nil` where every file of `/etc` is mounted for itself.
    private let copy: ConfigurationCopy?

    /// Looks at the host's own system.
    ///
    /// `room` is a directory in which makima may keep a copy of the plain files of `/etc`; bubblewrap then mounts one
    /// directory instead of some twenty files, which takes a third of its time.
    package static func read(copyingInto room: String? = nil) -> SystemRoot {
        let configuration = configurationPaths().compactMap(HostPath.init)
        let copy = room.map { ConfigurationCopy(of: configuration, in: $0) }
        copy?.removeForgotten()
        return SystemRoot(programs: programNames.compactMap(HostPath.init), configuration: configuration, copy: copy)
    }

    /// bubblewrap's arguments that make the parts visible as they are now.
    var arguments: [String] {
        var arguments = ["--ro-bind", "/usr", "/usr"]
        arguments += programs.flatMap(\.arguments)
        let now = Self.refreshed(configuration)
        // A copy that cannot be kept up to date is not used: the disk may be full.
        if let copy, copy.refresh() {
            arguments += ["--ro-bind", copy.directory, "/etc"]
            arguments += now.filter { $0.kind == .directory }.flatMap(\.arguments)
        } else {
            arguments += now.flatMap(\.arguments)
        }
        return arguments
    }

    /// The paths as they are now: what has vanished would keep bubblewrap from starting.
    static func refreshed(_ paths: [HostPath]) -> [HostPath] { paths.compactMap { HostPath($0.path) } }

    /// Whether what is at `path` is visible inside without further mounts, at the same place and read-only.
    func covers(_ path: String) -> Bool {
        guard let real = HostPath(path)?.real else { return false }
        let top = "/" + (path.split(separator: "/").first ?? "")
        guard top == "/usr" || programs.contains(where: { $0.path == top }) else { return false }
        // Where links lead elsewhere, what they lead to must be mounted, and so must what is mounted over `/opt`.
        return ["/usr", "/opt"].contains { real == $0 || real.hasPrefix("\($0)/") }
    }

    /// `/bin` and its like are links into `/usr` on a merged system, real directories on others.
    private static let programNames = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store"]

    /// The names in `room` of the copies of system files that this machine, as it is now, would not use, and of what was left
    /// unfinished.
    package static func otherCopies(in room: String) -> [String] {
        let current = ConfigurationCopy(of: configurationPaths().compactMap(HostPath.init), in: room).directory
        return HostFolder.names(in: room)
            .filter { ConfigurationCopy.isOfACopy($0) && "\(room)/\($0)" != current }
            .sorted()
    }

    private static func configurationPaths() -> [String] {
        let versioned = HostFolder.names(in: "/etc")
            .filter { name in configurationPrefixes.contains { name.hasPrefix($0) } }
            .sorted()
        return (configurationNames + versioned).map { "/etc/\($0)" }
    }

    /// What is taken of `/etc` where it exists: of `ssl` and `pki` not their `private` folders.
    private static let configurationNames = [
        "alternatives", "ca-certificates", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
        "localtime", "mime.types", "nsswitch.conf", "os-release", "passwd", "pki/ca-trust", "pki/java",
        "pki/tls/cert.pem", "pki/tls/certs", "pki/tls/openssl.cnf", "protocols", "resolv.conf", "services",
        "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf", "timezone",
    ]

    private static let configurationPrefixes = ["java", "python3"]
}

/// A path of the host, and how it is made visible at the same place.
struct HostPath: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case file
        case directory
        /// Into `/usr`, and stays one: programs read where `/etc/localtime` points to.
        case link(target: String)
    }

    let path: String
    let kind: Kind
    /// The path without symbolic links; `/etc/resolv.conf` often is one into `/run`, which is not visible inside.
    let real: String

    /// Returns `nil` when there is nothing at the path.
    init?(_ path: String) {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        self.path = path
        real = String(cString: resolved)
        var status = stat()
        if let target = Self.linkTarget(path), Self.leadsIntoPrograms(target) {
            kind = .link(target: target)
        } else if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            kind = .directory
        } else {
            kind = .file
        }
    }

    var arguments: [String] {
        if case .link(let target) = kind { return ["--symlink", target, path] }
        // It may vanish before bubblewrap sees it, as what a package manager replaces does.
        return ["--ro-bind-try", real, path]
    }

    private static func leadsIntoPrograms(_ target: String) -> Bool {
        ["usr/", "/usr/", "../usr/"].contains { target.hasPrefix($0) }
    }

    static func linkTarget(_ path: String) -> String? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target[..<count], as: UTF8.self)
    }
}
