import Domain
import Glibc
import Processes

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

    /// What `MAKIMA_STATE_DIR` says where that could be any directory.
    var relativeStateDirectory: String? {
        variables["MAKIMA_STATE_DIR"].flatMap { $0.isEmpty || $0.hasPrefix("/") ? nil : $0 }
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

    /// Where the shim is: beside makima in a build, in makima's own file in a release.
    enum Shim {
        case beside(String)
        case carried(CarriedShim)
        /// Where it should be.
        case missing(String)
    }

    var shim: Shim {
        let beside = "\(executable[..<(executable.lastIndex(of: "/") ?? executable.startIndex)])/makima-shim"
        if access(beside, X_OK) == 0 { return .beside(beside) }
        return CarriedShim(in: executable).map { .carried($0) } ?? .missing(beside)
    }

    /// The shim as a program; a carried one is unpacked into `directory`.
    func shimPath(unpackedInto directory: String) throws -> String {
        switch shim {
        case .beside(let path), .missing(let path): path
        case .carried(let carried): try carried.unpack(into: directory)
        }
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
