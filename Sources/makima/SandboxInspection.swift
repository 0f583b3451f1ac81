import Commands
import Glibc
import Processes

/// Looks at what this machine can confine, and says how to get what is missing.
struct SandboxInspection: Sendable {
    private static let subject = "sandbox"

    let probe: SandboxProbe
    let group: ControlGroup

    func findings() async -> [Diagnosis] {
        switch await probe.availability() {
        case .available(let sandbox, let version): [finding(on: sandbox, version), landlock, user].compactMap { $0 }
        case .unavailable(let reason):
            [
                Diagnosis(
                    subject: Self.subject,
                    verdict: .broken,
                    finding: "\(reason).",
                    hint: "\(reason.hint) Until then only '--sandbox off' runs."
                )
            ]
        }
    }

    private func finding(on sandbox: BubblewrapSandbox, _ version: String) -> Diagnosis {
        let missing = sandbox.missingLayers()
        guard !missing.isEmpty else {
            return Diagnosis(
                subject: Self.subject,
                verdict: .fine,
                finding: "bubblewrap \(version) works, with a filter of system calls."
            )
        }
        return Diagnosis(
            subject: Self.subject,
            verdict: .warning,
            finding: "bubblewrap \(version) works, without \(missing.map(\.rawValue).joined(separator: " and ")).",
            hint: missing.map(\.hint).joined(separator: " ")
        )
    }

    private var landlock: Diagnosis {
        let version = Landlock.version
        if version >= Landlock.completeVersion {
            return Diagnosis(subject: Self.subject, verdict: .fine, finding: "Landlock, version \(version).")
        }
        guard version >= Landlock.usableVersion else {
            return Diagnosis(
                subject: Self.subject,
                verdict: .warning,
                finding: "The kernel has no Landlock: there is no second border behind the mounts.",
                hint: "Use Linux 5.19 or later, started with 'landlock' in its list 'lsm='."
            )
        }
        return Diagnosis(
            subject: Self.subject,
            verdict: .warning,
            finding:
                "Landlock, version \(version): under the whole network abstract sockets of this machine are reached.",
            hint: "Use Linux 6.12 or later, or '--network allowlist'."
        )
    }

    /// `nil` for an ordinary user, and where a control group counts processes.
    private var user: Diagnosis? {
        guard geteuid() == 0, group.obstacle(to: [.pids]) != nil else { return nil }
        return Diagnosis(
            subject: Self.subject,
            verdict: .warning,
            finding: "You are root: 'max_processes' does not hold.",
            hint: "Run makima as an ordinary user."
        )
    }
}
