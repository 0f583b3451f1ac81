import Domain
import Testing

/// Which agents share an allowance.
struct AgentAccountTests {
    private func account(
        _ logins: [String] = ["/h/.claude/login"],
        _ change: (inout AgentConfiguration) -> Void = { _ in }
    ) -> AgentAccount {
        var configuration = AgentConfiguration(name: "claude", kind: .claude, command: ["claude"])
        change(&configuration)
        return AgentAccount(of: configuration, logins: logins)
    }

    @Test func theLoginDecidesAndNotHowTheProgramIsUsed() {
        #expect(account() == account { $0.model = "opus" })
        #expect(account() == account { $0.arguments = ["--verbose"] })
        #expect(account() == account { $0.name = "cautious" })
        #expect(account() == account { $0.command = ["/opt/claude"] })
        #expect(account() == account { $0.environment = ["LANG": "C"] })
        #expect(account() != account(["/other/.claude/login"]))
    }

    @Test func withoutALoginTheCommandDecides() {
        #expect(account([]) == account([]))
        #expect(account([]) != account([]) { $0.command = ["kim"] })
        #expect(account([]) != account([]) { $0.kind = .command })
        #expect(account([]) != account([]) { $0.command = ["cl", "aude"] })
    }

    @Test(arguments: ["HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "AWS_PROFILE"])
    func anotherPlaceOfTheConfigurationIsAnotherAccount(variable: String) {
        #expect(account() != account { $0.environment = [variable: "/a"] })
        #expect(account { $0.environment = [variable: "/b"] } != account { $0.environment = [variable: "/a"] })
    }

    /// Which key it is would have to be looked at: the name under which it is configured tells enough.
    @Test func keysAreToldApartByTheNameOfTheAgent() {
        let keyed = account { $0.environment = ["ANTHROPIC_API_KEY": "sk-1"] }
        #expect(keyed == account { $0.environment = ["ANTHROPIC_API_KEY": "sk-2"] })
        #expect(keyed != account())
        #expect(
            keyed
                != account {
                    $0.environment = ["ANTHROPIC_API_KEY": "sk-1"]
                    $0.name = "work"
                }
        )
        #expect(account { $0.passEnvironment = ["OPENAI_API_KEY"] } != account())
    }

    @Test func isFitForTheNameOfAFile() {
        let name = account().description
        #expect(!name.isEmpty && name.count <= 16 && name.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
}
