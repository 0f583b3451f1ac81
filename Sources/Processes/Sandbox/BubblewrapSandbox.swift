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
    /// Which of the parts that not every machine has are used.
    package let layers: Set<SandboxLayer>

    /// Describes a sandbox; ``SandboxProbe`` makes one that works here.
    package init(executable: String, root: SystemRoot, layers: Set<SandboxLayer> = SandboxLayer.all) {
        self.executable = executable
        self.root = root
        self.layers = layers
    }

    package var isConfining: Bool { true }

    /// The parts that this machine lacks and that a profile with `exceptions` would have.
    package func missingLayers(for exceptions: Set<SandboxProfile.Exception> = []) -> [SandboxLayer] {
        SandboxLayer.allCases.filter { layer in
            !layers.contains(layer) && !(layer == .noUserNamespaces && exceptions.contains(.nesting))
        }
    }

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
        confined.extraInput = filter(profile)?.program.bytes
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
        if layers.contains(.noUserNamespaces), !profile.exceptions.contains(.nesting) {
            arguments.append("--disable-userns")
        }
        if filter(profile) != nil { arguments += ["--seccomp", "\(Command.extraDescriptor)"] }
        switch profile.network {
        case .full: break
        case .none, .proxied: arguments.append("--unshare-net")
        }
        // Started by root, bubblewrap would leave all capabilities, and with them the right to mount.
        arguments += ["--cap-drop", "ALL", "--hostname", "makima"]
        if profile.startsAsInit { arguments.append("--as-pid-1") }
        return arguments
    }

    /// bubblewrap installs it last of all, right before the program: it needs itself what is refused afterwards.
    private func filter(_ profile: SandboxProfile) -> SystemCallFilter? {
        guard layers.contains(.systemCallFilter), let architecture = SystemCallFilter.Architecture.native else {
            return nil
        }
        return SystemCallFilter(for: architecture, exceptions: profile.exceptions)
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

/// A part of the sandbox that not every machine has.
///
/// The mode `auto` does without what is missing, and says so; `required` does not.
package enum SandboxLayer: String, Hashable, Sendable, CaseIterable {
    /// Programs inside cannot make user namespaces; bubblewrap 0.8 and a kernel that allows nesting.
    case noUserNamespaces = "the ban on user namespaces"
    /// ``SystemCallFilter``; a kernel with seccomp filters, on x86-64 or Arm.
    case systemCallFilter = "the filter of system calls"

    package static let all = Set(allCases)

    /// One sentence that names them, and one about what to do.
    package static func sentence(missing layers: [SandboxLayer]) -> String {
        "bubblewrap works here without \(layers.map(\.rawValue).joined(separator: " and ")). "
            + layers.map(\.hint).joined(separator: " ")
    }

    /// What a person can do to get it.
    package var hint: String {
        switch self {
        case .noUserNamespaces: "Install bubblewrap 0.8 or later, and allow nested user namespaces."
        case .systemCallFilter: "Use a kernel with CONFIG_SECCOMP_FILTER; in a container, allow seccomp."
        }
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
