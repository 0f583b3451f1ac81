import Commands
import Processes

/// Says what limits the memory and the processor time of everything that makima starts.
struct ControlGroupInspection: Sendable {
    var group = ControlGroupProbe().find()

    var finding: Diagnosis {
        switch group {
        case .delegated(let path):
            Diagnosis(
                subject: Self.subject,
                verdict: .fine,
                finding:
                    "\(path) is makima's. It sets no limits there itself; those of that group hold for all it starts."
            )
        case .foreign(let path): unlimited("\(path) is not delegated")
        case .incomplete(let path, let missing):
            unlimited("\(path) offers no limits of \(missing.joined(separator: ", "))")
        case .absent: unlimited("this machine shows no control groups of version 2")
        }
    }

    private static let subject = "cgroup"

    private func unlimited(_ cause: String) -> Diagnosis {
        Diagnosis(
            subject: Self.subject,
            verdict: .warning,
            finding: "Memory and processor time of agents and checks are not limited: \(cause).",
            hint:
                "'systemd-run --user --scope -p Delegate=yes -p MemoryMax=8G -p CPUQuota=200% makima …' runs makima in a group "
                + "that limits all it starts; as root without '--user'."
        )
    }
}
