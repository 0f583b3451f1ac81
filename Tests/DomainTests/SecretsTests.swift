import Testing

@testable import Domain

struct SecretsTests {
    private func values(_ fill: (inout Secrets) -> Void) -> [String: String] {
        var secrets = Secrets()
        fill(&secrets)
        return Dictionary(secrets.all.map { ($0.name, $0.value) }) { first, _ in first }
    }

    @Test(arguments: ["ANTHROPIC_API_KEY", "GH_TOKEN", "DB_PASSWORD", "MAKIMA_TOOLS_TOKEN", "CLIENT_SECRET"])
    func aVariableWhoseNameTellsOfASecretIsOne(_ name: String) {
        #expect(values { $0.add(variables: [name: "0123456789"]) } == [name: "0123456789"])
    }

    @Test(arguments: ["PATH", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "TOKEN_LIMIT", "API_KEY_FILE", "TOKEN_URL", "LANG"])
    func anyOtherIsNone(_ name: String) {
        #expect(values { $0.add(variables: [name: "0123456789"]) }.isEmpty)
    }

    @Test func aNamedVariableIsOneWhateverItsName() {
        let variables = ["PLAIN": "0123456789", "OTHER": "9876543210"]
        #expect(values { $0.add(variables: variables, named: ["PLAIN"]) } == ["PLAIN": "0123456789"])
    }

    @Test func whatIsShorterThanEightBytesIsLeft() {
        #expect(values { $0.add(variables: ["A_KEY": "1234567"]) }.isEmpty)
        #expect(values { $0.add(variables: ["A_KEY": "12345678"]) }.count == 1)
        #expect(values { $0.add(variables: ["A_KEY": " 1234567\n"]) }.isEmpty)
    }

    @Test func theFirstNameOfAValueCounts() {
        #expect(
            values { $0.add(variables: ["B_KEY": "0123456789", "A_KEY": "0123456789"]) } == ["A_KEY": "0123456789"]
        )
    }

    @Test func aPasswordInAnAddressIsOne() {
        let proxy = ["HTTPS_PROXY": "http://makima:hunter2hunter2@127.0.0.1:3128/p@q"]
        #expect(values { $0.add(variables: proxy) } == ["HTTPS_PROXY": "hunter2hunter2"])
        #expect(values { $0.add(variables: ["HTTPS_PROXY": "http://127.0.0.1:3128"]) }.isEmpty)
    }

    @Test func ofALoginTheTokensAreSecrets() {
        let claude = """
            {"claudeAiOauth":{"accessToken":"access-0123","refreshToken":"refresh-0123","expiresAt":1,
            "scopes":["user:inference"],"subscriptionType":"enterprise"}}
            """
        #expect(
            values { $0.add(login: Array(claude.utf8)) } == [
                "accessToken": "access-0123", "refreshToken": "refresh-0123",
            ]
        )
        let codex = #"{"OPENAI_API_KEY":"key-01234567","tokens":{"id_token":"id-01234567","account_id":"account-01"}}"#
        #expect(
            values { $0.add(login: Array(codex.utf8)) } == [
                "OPENAI_API_KEY": "key-01234567", "id_token": "id-01234567",
            ]
        )
    }

    @Test func otherSettingsAreReadByLines() {
        let text = """
            # export NOT_A_KEY
            export MISTRAL_API_KEY='key-01234567' # mine
            api_key = "key-in-toml"
            OPENAI_API_KEY: key-in-yaml
            api_key_env_var = "MISTRAL_API_KEY"
            model = "large-model"
            """
        #expect(
            values { $0.add(login: Array(text.utf8)) } == [
                "MISTRAL_API_KEY": "key-01234567", "api_key": "key-in-toml", "OPENAI_API_KEY": "key-in-yaml",
            ]
        )
    }

    @Test func aNameInAMaskChangesNoJSON() {
        let name = #"a"b\c ü"# + "\n_KEY"
        #expect(values { $0.add("0123456789", called: name) }.keys.first == "a_b_c____KEY")
    }

    @Test func aValueIsKnownInEveryUsualSpelling() {
        let spellings = Secrets.spellings(of: "p/ä\"ss\nword")
        for spelling in [
            "p/ä\"ss\nword", #"p/ä\"ss\nword"#, #"p/\u00e4\"ss\nword"#, #"p\/ä\"ss\nword"#, #"p/ä\\\"ss\\nword"#,
            "p%2F%C3%A4%22ss%0Aword",
        ] { #expect(spellings.contains(spelling), "\(spelling)") }
        #expect(Secrets.spellings(of: "abcdefgh1234").filter { !"YWJjZGVmZ2gxMjM0".contains($0) }.count > 1)
    }

    @Test func base64IsKnownWhereverItBegins() {
        let spellings = Secrets.spellings(of: "hunter2hunter2")
        // Of "hunter2hunter2", "user:hunter2hunter2" and "ab:hunter2hunter2!", by coreutils.
        for encoded in ["aHVudGVyMmh1bnRlcjI=", "dXNlcjpodW50ZXIyaHVudGVyMg==", "YTpodW50ZXIyaHVudGVyMiE="] {
            #expect(spellings.contains { $0 != "hunter2hunter2" && encoded.contains($0) }, "\(encoded)")
        }
    }

    @Test func longLinesOfAValueAreKnownAlone() {
        let line = String(repeating: "MIIE", count: 16)
        let spellings = Secrets.spellings(of: "-----BEGIN KEY-----\n\(line)\nshort")
        #expect(spellings.contains(line))
        #expect(!spellings.contains("-----BEGIN KEY-----"))
    }
}
