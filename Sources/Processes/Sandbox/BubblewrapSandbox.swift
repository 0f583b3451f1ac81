/// Confines commands with bubblewrap: a root of its own in which only what is listed exists, its own process numbers,
/// host name and, on demand, no network; no capability, and no way to get one back.
///
/// Not used, with reason:
/// - `--die-with-parent`: that is bound to the thread which started bubblewrap, and threads of a pool end. The shim notices
///   the loss of makima by its control pipe, and the process group reaches everything else.
/// - `--new-session`: every command starts in a session of its own without a terminal, and staying in bubblewrap's process
///   group lets a signal to the group end the sandbox.
/// - `--clearenv` and `--setenv`: arguments can be read by every user of the machine, and variables hold keys. bubblewrap is
///   started with exactly the command's variables and hands them on. It adds one, `PWD`.
package struct BubblewrapSandbox: Sandbox {
    private let executable: String
    private let root: SystemRoot
    private let disablesUserNamespaces: Bool

    /// Describes a sandbox; ``SandboxProbe`` makes one that works here.
    ///
    /// With `disablesUserNamespaces`, programs inside cannot make user namespaces, and so no sandboxes of their own. It
    /// needs bubblewrap 0.8 and a kernel that allows nesting.
    package init(executable: String, root: SystemRoot, disablesUserNamespaces: Bool) {
        self.executable = executable
        self.root = root
        self.disablesUserNamespaces = disablesUserNamespaces
    }

    package var isConfining: Bool { true }

    package func shows(_ path: String) -> Bool { root.covers(path) }

    package func confine(_ command: Command, _ profile: SandboxProfile) -> Command {
        let (inherited, set) = split(command.environment)
        var arguments = namespaces(profile)
        for (name, value) in set { arguments += ["--setenv", name, value] }
        arguments += root.arguments
        arguments += ["--proc", "/proc", "--dev", "/dev"] + Self.kernelControls
        arguments += temporary(["/tmp"], mode: "1777", size: 2 << 30)
        arguments += temporary(["/run"], mode: "0755", size: 16 << 20)
        arguments += temporary(profile.temporaryDirectories, mode: "0700", size: 2 << 30)
        arguments += needed(profile.binds).flatMap(\.arguments)
        arguments += ["--remount-ro", "/", "--chdir", command.directory ?? "/"]
        arguments += ["--", command.program] + command.arguments
        var confined = Command(executable, arguments, environment: inherited, directory: "/", input: command.input)
        confined.hasLifePipe = command.hasLifePipe
        return confined
    }

    /// The kernel's settings are judged by the user of the host: to a makima of root's they would be writable inside,
    /// though no capability is left.
    ///
    /// bubblewrap itself takes care of `irq` and `bus`.
    private static let kernelControls = ["sys", "sysrq-trigger", "fs"]
        .flatMap { ["--ro-bind-try", "/proc/\($0)", "/proc/\($0)"] }

    /// Leaves out what is mounted again later at the same place, and what the root shows anyway: each mount takes time.
    private func needed(_ binds: [SandboxProfile.Bind]) -> [SandboxProfile.Bind] {
        let hasWritablePrograms = binds.contains { $0.isWritable && root.covers($0.destination) }
        return binds.enumerated()
            .filter { index, bind in
                guard !binds[(index + 1)...].contains(bind) else { return false }
                let isShown = !bind.isWritable && bind.source == bind.destination && root.covers(bind.source)
                return !isShown || hasWritablePrograms
            }
            .map(\.element)
    }

    private func namespaces(_ profile: SandboxProfile) -> [String] {
        var arguments = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
        if disablesUserNamespaces { arguments.append("--disable-userns") }
        switch profile.network {
        case .full: break
        case .none: arguments.append("--unshare-net")
        }
        // Started by root, bubblewrap would leave all capabilities, and with them the right to mount.
        arguments += ["--cap-drop", "ALL", "--hostname", "makima"]
        if profile.startsAsInit { arguments.append("--as-pid-1") }
        return arguments
    }

    private func temporary(_ paths: [String], mode: String, size: Int) -> [String] {
        paths.flatMap { ["--size", "\(size)", "--perms", mode, "--tmpfs", $0] }
    }

    /// Keeps variables that change how bubblewrap itself is loaded from it; inside they are as given.
    ///
    /// The C library also drops them from a bubblewrap that is installed with the set-user-ID bit.
    private func split(_ environment: [String: String]) -> (inherited: [String: String], set: [(String, String)]) {
        let set = environment.filter { LoaderVariables.contains($0.key) }
        let inherited = environment.filter { !LoaderVariables.contains($0.key) }
        return (inherited, set.sorted { $0.key < $1.key })
    }
}

extension SandboxProfile.Bind {
    fileprivate var arguments: [String] {
        ["--\(isWritable ? "" : "ro-")bind\(isOptional ? "-try" : "")", source, destination]
    }
}

/// The variables that the C library acts on before a program runs.
private enum LoaderVariables {
    private static let names: Set<String> = [
        "GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "NIS_PATH", "NLSPATH",
        "RESOLV_HOST_CONF", "RES_OPTIONS", "TMPDIR", "TZDIR",
    ]

    static func contains(_ name: String) -> Bool {
        names.contains(name) || name.hasPrefix("LD_") || name.hasPrefix("MALLOC_")
    }
}
