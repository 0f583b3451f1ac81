/// Whose allowance an agent uses: tasks with the same account meet the same limits.
///
/// A digest of what is known about the account, never of a secret: the kind of agent, the login it uses, and the
/// variables that name places of its configuration. The model and further arguments do not matter. Where keys are given
/// to it, which one it is cannot be told without looking at them: then the configured name stands for the account.
package struct AgentAccount: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Sixteen hexadecimal digits at most, fit for the name of a file.
    package let digest: String

    /// The account that `configuration` uses; `logins` are the paths of the files with the login its program reads.
    ///
    /// Without any, nothing but the command tells one program from another.
    package init(of configuration: AgentConfiguration, logins: [String]) {
        let environment = configuration.environment
        var facts = [configuration.kind.rawValue]
        facts += logins.isEmpty ? configuration.command : logins
        facts += environment.filter { Self.namesPlace($0.key) }.map { "\($0.key)=\($0.value)" }.sorted()
        let names = configuration.passEnvironment + configuration.variableNames
        if names.contains(where: Self.holdsKey) { facts.append("name=\(configuration.name)") }
        digest = Self.digest(of: facts)
    }

    package var description: String { digest }

    private static func namesPlace(_ variable: String) -> Bool {
        variable == "HOME" || ["_HOME", "_DIR", "_PROFILE"].contains { variable.hasSuffix($0) }
    }

    /// Whether the variable may decide who pays.
    private static func holdsKey(_ variable: String) -> Bool {
        ["KEY", "TOKEN", "SECRET", "AUTH", "CREDENTIAL", "PASSWORD", "URL"]
            .contains { variable.uppercased().contains($0) }
    }

    /// FNV-1a, 64 bits: the same in every process.
    private static func digest(of facts: [String]) -> String {
        // No fact holds a zero byte that came from a configuration: two lists never make the same text.
        let bytes = facts.flatMap { (fact: String) -> [UInt8] in Array(fact.utf8) + [0] }
        let digest = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(digest, radix: 16)
    }
}
