import Domain
import Glibc

/// What this process was given by whoever started it; read once.
struct HostFacts: Sendable {
    var variables: [String: String]
    var currentDirectory: String
    /// makima's own executable, absolute.
    var executable: String

    static func read() -> HostFacts {
        HostFacts(
            variables: environmentVariables(),
            currentDirectory: path { getcwd(nil, 0) } ?? "/",
            executable: path { realpath("/proc/self/exe", nil) } ?? CommandLine.arguments[0]
        )
    }

    /// The user's home; the password database where the environment has none.
    var home: String {
        if let home = variables["HOME"], home.hasPrefix("/") { return home }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
    }

    /// Where makima keeps what it must remember.
    var stateDirectory: String {
        if let own = variables["MAKIMA_STATE_DIR"], !own.isEmpty {
            return own.hasPrefix("/") ? own : "\(currentDirectory)/\(own)"
        }
        if let state = variables["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/makima" }
        return "\(home)/.local/state/makima"
    }

    var searchPath: String { variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" }

    /// The shim is beside makima, or where `make install` puts it.
    var shim: String {
        let directory = executable[..<(executable.lastIndex(of: "/") ?? executable.startIndex)]
        let candidates = ["\(directory)/makima-shim", "\(directory)/../libexec/makima/makima-shim"]
        return candidates.first { access($0, X_OK) == 0 } ?? candidates[0]
    }

    private static func environmentVariables() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }

    private static func path(_ make: () -> UnsafeMutablePointer<CChar>?) -> String? {
        guard let text = make() else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}

/// The machine's wall clock.
struct SystemWallClock: WallClock {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
