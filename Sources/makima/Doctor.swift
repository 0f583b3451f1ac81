import Agents
import Commands
import Domain
import Glibc
import Processes
import Runner
import Workspaces

/// Looks at everything that makima needs of a machine.
struct Doctor: Sendable {
    let host: HostFacts
    let probe: SandboxProbe
    let git: HostGit
    let agents: AgentHost
    let versions: VersionProbe

    /// The configuration as commands would read it here.
    let settings: @Sendable () async throws -> Settings
    /// What is found where work becomes pull requests; asked only then.
    var inspectForge: @Sendable (ForgeSpec) async -> Diagnosis? = { _ in nil }

    func diagnose() async -> [Diagnosis] {
        let group = ControlGroupProbe().find()
        let confinement = await SandboxInspection(probe: probe, group: group).findings()
        var findings = [await gitFinding(), shimFinding()] + confinement
        findings += [
            ControlGroupInspection(group: group).finding, stateFinding(), JournalInspection(host: host).finding,
        ]
        do {
            let settings = try await settings()
            findings.append(Diagnosis(subject: "config", verdict: .fine, finding: "valid."))
            findings += await agentFindings(settings.tasks)
            if settings.tasks.completion == .pullRequest, let finding = await inspectForge(settings.tasks.forge) {
                findings.append(finding)
            }
        } catch {
            let lines = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            let hint = (error as? any ExplainedError)?.hint
            findings.append(Diagnosis(subject: "config", verdict: .broken, finding: lines, hint: hint))
        }
        return findings
    }

    /// Without the default agent a plain 'makima run' does not work; others need not be there.
    private func agentFindings(_ defaults: TaskDefaults) async -> [Diagnosis] {
        let isDefault = { (agent: AgentConfiguration) in agent.name == defaults.defaultAgent }
        let agents = defaults.agents.filter { isDefault($0) || isOfInterest($0) }
            .sorted { (isDefault($0) ? 0 : 1, $0.name) < (isDefault($1) ? 0 : 1, $1.name) }
        return zip(agents, await versions.ask(agents)).map { finding(on: $0, told: $1, isDefault: isDefault($0)) }
    }

    /// The built-in 'script' and 'command' have no program until somebody gives them one, and nobody has all the others.
    private func isOfInterest(_ agent: AgentConfiguration) -> Bool {
        guard agent.kind != .script, let program = agent.command.first else { return false }
        guard agent.kind == .acp, agent.command == ACPProgram(rawValue: agent.name)?.command else { return true }
        // Not found is the answer here, not an error.
        return (try? ProgramFinder(host: agents).find(program)) != nil
    }

    private func finding(on agent: AgentConfiguration, told answer: VersionProbe.Answer?, isDefault: Bool) -> Diagnosis
    {
        let subject = "agent"
        let name = agent.name + (isDefault ? ", the default" : "")
        guard agent.kind != .script, let program = agent.command.first else {
            let remark = AgentInspection(host: agents).report(on: agent).remark ?? "no program."
            return Diagnosis(
                subject: subject,
                verdict: agent.kind == .script ? .fine : .broken,
                finding: "\(name): \(remark)"
            )
        }
        do {
            let path = try ProgramFinder(host: agents).find(program)
            if agent.kind == .acp, let notice = ProgramNotice(on: path) ?? ProgramNotice(onProtocolOf: agent.command) {
                return Diagnosis(
                    subject: subject,
                    verdict: isDefault ? .broken : .warning,
                    finding: "\(name): \(path). \(notice.text)",
                    hint: notice.hint
                )
            }
            return finding(answer, of: "\(name): \(path)", isDefault: isDefault)
        } catch {
            let product = agent.kind.productName(of: program) ?? "The program '\(program)'"
            var sentence = "\(product) is not installed."
            if case .programNotExecutable = error { sentence = "\(error)" }
            return Diagnosis(
                subject: subject,
                verdict: isDefault ? .broken : .warning,
                finding: "\(name): \(sentence)",
                hint:
                    "Install it, or name another with '--agent', or with 'agent' in config.toml; 'makima agents' lists them."
            )
        }
    }

    /// A version that is newer than known is no reason for anything; an older one may be.
    private func finding(_ answer: VersionProbe.Answer?, of program: String, isDefault: Bool) -> Diagnosis {
        guard case .version(let version, let judgement) = answer else {
            var reason = ""
            if case .unknown(let why) = answer { reason = " \(why)" }
            return Diagnosis(subject: "agent", verdict: .fine, finding: "\(program).\(reason)")
        }
        let verdict: Diagnosis.Verdict =
            switch judgement {
            case .recorded, .newer, .untried: .fine
            case .older: .warning
            case .unusable: isDefault ? .broken : .warning
            }
        let remark = judgement.words.map { ", \($0)" } ?? ""
        return Diagnosis(
            subject: "agent",
            verdict: verdict,
            finding: "\(program), version \(version)\(remark).",
            hint: judgement.hint
        )
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

    private func stateFinding() -> Diagnosis {
        if let problem = stateProblem() { return problem }
        var space = statvfs()
        // It is there: it was just written to.
        statvfs(host.stateDirectory, &space)
        let free = (UInt64(space.f_bavail) * UInt64(space.f_frsize)) >> 20
        let isEnough = free >= 1024
        return Diagnosis(
            subject: "state",
            verdict: isEnough ? .fine : .warning,
            finding: "\(host.stateDirectory), \(free) MiB free.",
            hint: isEnough ? nil : "Make room: workspaces and output need more."
        )
    }

    /// Makes the directory and writes to it: permissions, mounts and quotas are known only then.
    private func stateProblem() -> Diagnosis? {
        func broken(_ finding: String, _ hint: String) -> Diagnosis {
            Diagnosis(subject: "state", verdict: .broken, finding: finding, hint: hint)
        }
        do {
            try StateDirectory(root: host.stateDirectory).create()
        } catch {
            return broken("\(error)", error.hint)
        }
        let path = "\(host.stateDirectory)/doctor-\(getpid())"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let isWritten = file >= 0 && write(file, path, 1) == 1
        let code = errno
        if file >= 0 {
            close(file)
            unlink(path)
        }
        guard !isWritten else { return nil }
        let reason = String(cString: strerror(code))
        return broken(
            "\(host.stateDirectory) cannot be written: \(reason).",
            "Mend its permissions or make room, or name another directory with MAKIMA_STATE_DIR."
        )
    }
}
