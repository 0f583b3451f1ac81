import Commands
import Domain
import Glibc
import Processes

/// Says what control groups do for everything that makima starts: whether it ends as a whole, and what can be limited.
struct ControlGroupInspection: Sendable {
    let group: ControlGroup
    /// Whether systemd runs here.
    var hasServiceManager = access("/run/systemd/system", F_OK) == 0

    var finding: Diagnosis {
        let all = Set(ControlGroup.Controller.allCases)
        guard case .usable(let place) = group else {
            return unlimited("No agent or check is in a control group of its own", group.obstacle(to: all)?.clause)
        }
        guard let obstacle = group.obstacle(to: all) else {
            return Diagnosis(
                subject: Self.subject,
                verdict: .fine,
                finding:
                    "\(place.directory) is makima's: each agent and each check is in a group of its own beneath it, ends with it, "
                    + "and can be limited ('max_memory_mib', 'max_cpus', 'max_processes')."
            )
        }
        return unlimited(
            "Each agent and each check is in a control group of its own beneath \(place.directory), and ends with it",
            obstacle.clause
        )
    }

    private static let subject = "cgroup"

    private func unlimited(_ what: String, _ cause: String?) -> Diagnosis {
        Diagnosis(
            subject: Self.subject,
            verdict: .warning,
            finding:
                "\(what). 'max_memory_mib' and the like cannot all be kept: \(cause ?? "there are no such groups").",
            hint: EnvironmentProblem.delegationHint(hasServiceManager: hasServiceManager)
        )
    }
}
