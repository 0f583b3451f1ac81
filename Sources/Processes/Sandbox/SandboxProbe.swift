import Glibc

/// Finds out, by running it, whether bubblewrap works on this machine.
package struct SandboxProbe: Sendable {
    private let launcher: any CommandLauncher
    private let path: String
    private let room: String?
    private let readSetting: @Sendable (String) -> String?

    /// Looks for bubblewrap in the folders of `path`, written as in `PATH`.
    ///
    /// `room` is a directory in which makima may keep a copy of system files, see ``SystemRoot``; while there is none,
    /// sandboxes start more slowly. `readSetting` returns the text of a file below `/proc/sys`, `nil` when there is none.
    package init(
        launcher: any CommandLauncher,
        path: String,
        room: String? = nil,
        readSetting: @escaping @Sendable (String) -> String? = SandboxProbe.kernelSetting
    ) {
        self.launcher = launcher
        self.path = path
        self.room = room
        self.readSetting = readSetting
    }

    /// Takes some 20 ms; the answer holds until the machine is set up differently.
    package func availability() async -> SandboxAvailability {
        let executable: String
        let version: String
        do {
            executable = try ProgramLookup.path(of: Command("bwrap", environment: ["PATH": path]))
            version = try await versionText(of: executable)
        } catch ProcessError.programNotFound {
            return .unavailable(.notInstalled)
        } catch {
            return .unavailable(.other("\(error)"))
        }
        var failure = ""
        for layers in Self.attempts {
            let sandbox = BubblewrapSandbox(executable: executable, root: .read(copyingInto: room), layers: layers)
            guard let message = await trial(of: sandbox) else { return .available(sandbox, version: version) }
            failure = message
        }
        return .unavailable(reason(for: failure))
    }

    /// The strongest that works is taken.
    private static var attempts: [Set<SandboxLayer>] {
        let possible = SystemCallFilter.Architecture.native == nil ? [.noUserNamespaces] : SandboxLayer.all
        return [possible, possible.subtracting([.noUserNamespaces]), possible.subtracting([.systemCallFilter]), []]
    }

    private func versionText(of executable: String) async throws -> String {
        let result = try await launcher.run(Command(executable, ["--version"]), timeout: .seconds(10), outputCap: 4096)
        // "bubblewrap 0.8.0"
        let words = String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.last.map(String.init) ?? "unknown"
    }

    /// Returns what went wrong, `nil` when everything that tasks need works.
    private func trial(of sandbox: BubblewrapSandbox) async -> String? {
        // Without network is the more demanding kind: where it works, the other does too.
        let program = Command("true", environment: ["PATH": "/usr/bin:/bin"])
        let command = sandbox.confine(program, SandboxProfile(network: .none))
        do {
            let result = try await launcher.run(command, timeout: .seconds(10), outputCap: 4096)
            guard !result.status.isSuccess else { return nil }
            let message = String(decoding: result.errorOutput, as: UTF8.self)
            return message.isEmpty ? "bubblewrap ended with \(result.status)" : message
        } catch {
            return "\(error)"
        }
    }

    private func reason(for message: String) -> SandboxAvailability.Reason {
        if message.contains("Unknown option") { return .tooOld(message: message) }
        for restriction in SandboxAvailability.Restriction.allCases
        where readSetting(restriction.setting) == restriction.restrictingValue {
            return .userNamespacesRestricted(restriction)
        }
        return .other(message)
    }

    /// Reads a file below `/proc/sys`.
    package static func kernelSetting(_ name: String) -> String? {
        guard let bytes = SmallFile.read("/proc/sys/\(name)", atMost: 256) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

/// Whether agents can be confined on this machine.
package enum SandboxAvailability: Sendable {
    case available(BubblewrapSandbox, version: String)
    case unavailable(Reason)

    /// Why there is no sandbox.
    package enum Reason: Hashable, Sendable {
        /// There is no `bwrap` in the `PATH`.
        case notInstalled
        /// It does not know an option that makima needs.
        case tooOld(message: String)
        /// The kernel does not let this user make user namespaces.
        case userNamespacesRestricted(Restriction)
        /// What bubblewrap said.
        case other(String)
    }

    /// A setting of the kernel that forbids user namespaces.
    package enum Restriction: Hashable, Sendable, CaseIterable {
        /// Ubuntu 24.04 and later: only programs with an AppArmor profile may.
        case appArmor
        /// Debian's switch.
        case unprivileged
        /// The number of user namespaces is limited to none.
        case count

        var setting: String {
            switch self {
            case .appArmor: "kernel/apparmor_restrict_unprivileged_userns"
            case .unprivileged: "kernel/unprivileged_userns_clone"
            case .count: "user/max_user_namespaces"
            }
        }

        var restrictingValue: String {
            switch self {
            case .appArmor: "1"
            case .unprivileged, .count: "0"
            }
        }
    }
}

extension SandboxAvailability.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notInstalled: "bubblewrap is not installed"
        case .tooOld: "the installed bubblewrap is too old"
        case .userNamespacesRestricted(let restriction):
            "the kernel setting \(restriction.setting) = \(restriction.restrictingValue) forbids user namespaces"
        case .other(let message): "bubblewrap does not work here: \(message)"
        }
    }

    /// What a person can do about it: one sentence.
    package var hint: String {
        switch self {
        case .notInstalled: "Install it: apt-get install bubblewrap, or dnf install bubblewrap."
        case .tooOld: "Install bubblewrap 0.7 or later."
        case .userNamespacesRestricted(.appArmor):
            "Allow it for bubblewrap alone: load the AppArmor profile bwrap-userns-restrict from apparmor-profiles."
        case .userNamespacesRestricted(.unprivileged): "Run as root: sysctl -w kernel.unprivileged_userns_clone=1."
        case .userNamespacesRestricted(.count): "Run as root: sysctl -w user.max_user_namespaces=10000."
        case .other: "In a container, allow it user namespaces and a /proc of its own."
        }
    }
}
