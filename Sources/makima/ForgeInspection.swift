import Commands
import Domain
import Forge
import Runner
import Workspaces

extension LocalMachine {
    /// What is missing here for work to become a pull request.
    func inspection(of spec: ForgeSpec) async -> Diagnosis? {
        let subject = "forge"
        do {
            let facts = try await inspectRepository(at: host.currentDirectory, base: nil)
            // Which remote is meant is the repository's matter, and here is none.
            guard let facts else { return nil }
            let repository = RemoteRepository(git: git, repository: facts.path, variables: forge().gitVariables())
            let remotes = try await repository.remotes()
            guard let remote = RemoteRepository.Remote.chosen(spec.remote, among: remotes) else {
                let obstacle = ForgeObstacle(.remoteMissing, remote: spec.remote ?? "")
                return Diagnosis(
                    subject: subject,
                    verdict: .broken,
                    finding: obstacle.sentence,
                    hint: obstacle.hint(again: "try again")
                )
            }
            return finding(on: try await forge().login(for: remote.url), at: remote.name)
        } catch {
            return Diagnosis(
                subject: subject,
                verdict: .broken,
                finding: "\(error)",
                hint: (error as? any ExplainedError)?.hint
            )
        }
    }

    private func finding(on login: ForgeLogin?, at remote: String) -> Diagnosis {
        let way = "pull requests are opened by way of the remote '\(remote)'"
        let advice = "Set GITHUB_TOKEN, or install 'gh' and log in with 'gh auth login'."
        return switch login {
        case nil:
            Diagnosis(
                subject: "forge",
                verdict: .warning,
                finding:
                    "The remote '\(remote)' is no forge that makima knows: branches are pushed, no pull request is opened.",
                hint: "Name another with 'remote', or its API with 'api_url', under [forge] in config.toml."
            )
        case .token?: Diagnosis(subject: "forge", verdict: .fine, finding: "\(way), with a token.")
        case .program?: Diagnosis(subject: "forge", verdict: .fine, finding: "\(way), by 'gh'.")
        case .programLoggedOut?:
            Diagnosis(
                subject: "forge",
                verdict: .broken,
                finding: "\(way), and no token is set and 'gh' is not logged in.",
                hint: advice
            )
        case ForgeLogin.none?:
            Diagnosis(
                subject: "forge",
                verdict: .broken,
                finding: "\(way), and no token is set and there is no 'gh'.",
                hint: advice
            )
        }
    }
}
