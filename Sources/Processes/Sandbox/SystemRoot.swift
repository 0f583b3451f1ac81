import Glibc

/// The parts of the host's system that every sandbox sees, read-only.
///
/// Programs and libraries, and of `/etc` what programs need to run, to resolve names and to trust certificates. Nothing
/// of it is a secret.
package struct SystemRoot: Hashable, Sendable {
    /// bubblewrap's arguments that make them visible.
    let arguments: [String]

    /// Looks at the host's own system.
    package static func read() -> SystemRoot {
        SystemRoot(arguments: programs() + configuration())
    }

    private static func programs() -> [String] {
        var arguments = ["--ro-bind", "/usr", "/usr"]
        // Links into /usr on a merged system, real directories on others.
        for path in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] { arguments += HostPath(path).arguments }
        for path in ["/opt", "/nix/store"] { arguments += ["--ro-bind-try", path, path] }
        return arguments
    }

    private static func configuration() -> [String] {
        let listed = configurationNames.map { "/etc/\($0)" }
        let versioned = HostFolder.names(in: "/etc")
            .filter { name in configurationPrefixes.contains { name.hasPrefix($0) } }
            .sorted()
            .map { "/etc/\($0)" }
        return (listed + versioned).flatMap { HostPath($0).arguments }
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
private struct HostPath {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Empty when there is nothing at the path.
    var arguments: [String] {
        guard let real = resolved else { return [] }
        // A link into /usr stays a link: programs read where /etc/localtime points to.
        if let target = linkTarget, Self.leadsIntoPrograms(target) { return ["--symlink", target, path] }
        return ["--ro-bind", real, path]
    }

    private static func leadsIntoPrograms(_ target: String) -> Bool {
        ["usr/", "/usr/", "../usr/"].contains { target.hasPrefix($0) }
    }

    /// The path without symbolic links; `/etc/resolv.conf` often is one into `/run`, which is not visible inside.
    private var resolved: String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private var linkTarget: String? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target[..<count], as: UTF8.self)
    }
}
