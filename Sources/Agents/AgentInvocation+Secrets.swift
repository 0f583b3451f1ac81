package import Domain
import Processes

extension AgentInvocation {
    /// What the process knows and must not leave in stored output: of its variables those that are called like secrets or
    /// are among `names`, and what its logins hold now.
    package func secrets(naming names: Set<String> = []) -> Secrets {
        var secrets = Secrets()
        secrets.add(variables: environment, named: names)
        for file in credentials {
            // Who is not logged in has no secret there.
            if let bytes = SmallFile.read(file.source, atMost: Self.mostOfLogin) { secrets.add(login: bytes) }
        }
        return secrets
    }

    private static let mostOfLogin = 1 << 20
}
