import Agents
import Commands
import Domain
import Glibc
import Processes
import Workspaces

/// Looks at everything that makima needs of a machine.
struct Doctor: Sendable {
    let host: HostFacts
    let probe: SandboxProbe
    let git: HostGit
    let agents: AgentHost

    func diagnose() async -> [Diagnosis] {
        var findings = [await gitFinding(), shimFinding(), await sandboxFinding(), stateFinding()]
        let claude = AgentConfiguration(name: "claude", kind: .claude, command: ["claude"])
        let report = AgentInspection(host: agents).report(on: claude)
        findings.append(
            Diagnosis(
                subject: "claude",
                verdict: report.program == nil ? .warning : .fine,
                finding: report.program ?? "Claude Code is not installed.",
                hint: report.program == nil
                    ? "Install it, or name another agent with '--agent' ('makima agents' lists them)." : nil
            )
        )
        return findings
    }

    private static let git = "Git"

    private func gitFinding() async -> Diagnosis {
        do {
            let version = try await git.version()
            let numbers = version.split(separator: ".").compactMap { Int($0) }
            let isNewEnough = numbers.count > 1 && (numbers[0], numbers[1]) >= (2, 38)
            return Diagnosis(
                subject: Self.git,
                verdict: isNewEnough ? .fine : .broken,
                finding: "\(git.program), version \(version).",
                hint: isNewEnough ? nil : "Install git 2.38 or later."
            )
        } catch {
            return Diagnosis(
                subject: Self.git,
                verdict: .broken,
                finding: "\(error)",
                hint: "Install git."
            )
        }
    }

    private func shimFinding() -> Diagnosis {
        switch host.shim {
        case .beside(let path): Diagnosis(subject: "shim", verdict: .fine, finding: "\(path).")
        case .carried: Diagnosis(subject: "shim", verdict: .fine, finding: "in \(host.executable).")
        case .missing(let path):
            Diagnosis(
                subject: "shim",
                verdict: .broken,
                finding: "There is no program at \(path).",
                hint: "Install makima anew with 'make install'."
            )
        }
    }

    private func sandboxFinding() async -> Diagnosis {
        switch await probe.availability() {
        case .available(_, let version):
            return Diagnosis(subject: "sandbox", verdict: .fine, finding: "bubblewrap \(version) works.")
        case .unavailable(let reason):
            return Diagnosis(
                subject: "sandbox",
                verdict: .broken,
                finding: "\(reason).",
                hint: "\(reason.hint) Until then only '--sandbox off' runs."
            )
        }
    }

    private func stateFinding() -> Diagnosis {
        var space = statvfs()
        var place = host.stateDirectory
        while statvfs(place, &space) != 0, let slash = place.lastIndex(of: "/"), slash > place.startIndex {
            place = String(place[..<slash])
        }
        let free = (UInt64(space.f_bavail) * UInt64(space.f_frsize)) >> 20
        let isEnough = free >= 1024
        return Diagnosis(
            subject: "state",
            verdict: isEnough ? .fine : .warning,
            finding: "\(host.stateDirectory), \(free) MiB free.",
            hint: isEnough ? nil : "Make room: workspaces and output need more."
        )
    }
}
