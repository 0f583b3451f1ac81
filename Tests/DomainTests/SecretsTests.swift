import Testing

@testable import Domain

struct SecretsTests {
    private func values(_ fill: (inout Secrets) -> Void) -> [String: String] {
        var secrets = Secrets()
        fill(&secrets)
        return Dictionary(secrets.all.map { ($0.name, $0.value) }) { first, _ in first }
    }

    @Test(arguments: [
        "SERVICE_CRED", "AWS_CREDS",
        "ANTHROPIC_API_KEY", "GH_TOKEN", "DB_PASSWORD", "MAKIMA_TOOLS_TOKEN", "CLIENT_SECRET", "PGPASSWORD",
        "SMTP_PASS",
        "SSHPASS", "GHTOKEN", "API_TOKENS", "API_KEYS", "SENTRY_DSN", "SECRETKEY", "AWSSECRETKEY", "DB_PASSWORDS",
        "clientSecret", "NPMTOKEN",
    ])
    func aVariableWhoseNameTellsOfASecretIsOne(_ name: String) {
        #expect(values { $0.add(variables: [name: "a123456789"]) } == [name: "a123456789"])
    }

    @Test(arguments: [
        "PATH", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "TOKEN_LIMIT", "API_KEY_FILE", "TOKEN_URL", "LANG", "MAX_TOKENS",
        "COMPASS", "MONKEY", "PGPASSFILE", "SSH_ASKPASS", "input_tokens", "maxOutputTokens", "KEYBOARD",
    ])
    func anyOtherIsNone(_ name: String) {
        #expect(values { $0.add(variables: [name: "a123456789"]) }.isEmpty)
    }

    @Test func ofSeveralInOneEachIsASecret() {
        var secrets = Secrets()
        secrets.add(variables: ["API_TOKENS": "one-token-4711, two-token-4711,short"])
        #expect(
            secrets.all.map(\.value) == [
                "one-token-4711, two-token-4711,short", "one-token-4711", "two-token-4711",
            ]
        )
    }

    @Test func aNamedVariableIsOneWhateverItsName() {
        let variables = ["PLAIN": "a123456789", "OTHER": "a876543210"]
        #expect(values { $0.add(variables: variables, named: ["PLAIN"]) } == ["PLAIN": "a123456789"])
    }

    @Test func whatIsShorterThanEightBytesIsLeft() {
        #expect(values { $0.add(variables: ["A_KEY": "a234567"]) }.isEmpty)
        #expect(values { $0.add(variables: ["A_KEY": "a2345678"]) }.count == 1)
        #expect(values { $0.add(variables: ["A_KEY": " a234567\n"]) }.isEmpty)
    }

    @Test func theFirstNameOfAValueCounts() {
        #expect(
            values { $0.add(variables: ["B_KEY": "a123456789", "A_KEY": "a123456789"]) } == ["A_KEY": "a123456789"]
        )
    }

    @Test func aPasswordInAnAddressIsOne() {
        let proxy = ["HTTPS_PROXY": "http://makima:hunter2hunter2@127.0.0.1:3128/p@q"]
        #expect(values { $0.add(variables: proxy) } == ["HTTPS_PROXY": "hunter2hunter2"])
        #expect(values { $0.add(variables: ["HTTPS_PROXY": "http://127.0.0.1:3128"]) }.isEmpty)
    }

    @Test func aKeyAloneBeforeTheHostOfAnAddressIsOne() {
        let key = "0123456789abcdef0123456789abcdef"
        #expect(values { $0.add(variables: ["REPORTS": "https://\(key)@o1.example.org/4"]) } == ["REPORTS": key])
        #expect(values { $0.add(variables: ["ORIGIN": "https://somebody@example.org/4"]) }.isEmpty)
        #expect(values { $0.add(variables: ["ORIGIN": "ssh://git@example.org/4"]) }.isEmpty)
    }

    @Test(arguments: [
        "assistant", "postgres", "changeme", "CHANGEME", "Password", "tool_use", "session_id", "change-me",
        "not-needed",
        "12345678", "20250101", "password123", "Passw0rd", "mysecretpassword", "administrator", "minioadmin",
    ])
    func whatIsTooOrdinaryIsLeft(_ value: String) {
        #expect(values { $0.add(variables: ["A_PASSWORD": value], named: ["A_PASSWORD"]) }.isEmpty)
        #expect(values { $0.add(login: Array(#"{"password":"\#(value)"}"#.utf8)) }.isEmpty)
        #expect(values { $0.add(variables: ["DB_URL": "postgres://me:\(value)@host/db"]) }.isEmpty)
    }

    @Test(arguments: [
        "abcdefghijkl", "aBcDeFgHi", "assistant1", "hunter2hunter2", "123456789012", "pass.word",
        "correct-horse-battery",
    ])
    func whatIsNotStays(_ value: String) {
        #expect(values { $0.add(variables: ["A_PASSWORD": value]) } == ["A_PASSWORD": value])
    }

    @Test func quotesAroundAValueAreNoneOfIt() {
        #expect(values { $0.add(variables: ["A_KEY": "\"key-01234567\""]) } == ["A_KEY": "key-01234567"])
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
            api_key = "key-in-toml-1"
            OPENAI_API_KEY: key-in-yaml-1
            api_key_env_var = "MISTRAL_API_KEY"
            model = "large-model"
            """
        #expect(
            values { $0.add(login: Array(text.utf8)) } == [
                "MISTRAL_API_KEY": "key-01234567", "api_key": "key-in-toml-1", "OPENAI_API_KEY": "key-in-yaml-1",
            ]
        )
    }

    @Test func aNameInAMaskChangesNoJSON() {
        let name = #"a"b\c ü"# + "\n_KEY"
        #expect(values { $0.add("a123456789", called: name) }.keys.first == "a_b_c____KEY")
    }

    @Test func aValueIsKnownInEveryUsualSpelling() {
        let spellings = Secrets.spellings(of: "p/ä\"ss\nword")
        for spelling in [
            "p/ä\"ss\nword", #"p/ä\"ss\nword"#, #"p/\u00e4\"ss\nword"#, #"p\/ä\"ss\nword"#, #"p/ä\\\"ss\\nword"#,
            "p%2F%C3%A4%22ss%0Aword",
        ] { #expect(spellings.contains(spelling), "\(spelling)") }
        for spelling in [
            "p%2f%c3%a4%22ss%0aword", "p/%C3%A4%22ss%0Aword", "702fc3a42273730a776f7264", "702FC3A42273730A776F7264",
        ] { #expect(spellings.contains(spelling), "\(spelling)") }
        #expect(Secrets.spellings(of: "abcdefgh1234").filter { !"YWJjZGVmZ2gxMjM0".contains($0) }.count > 1)
    }

    @Test func escapesThatOthersWriteAreKnown() {
        let spellings = Secrets.spellings(of: "a&b<c>d'e=f+g \"h")
        for spelling in [
            #"a\u0026b\u003cc\u003ed'e=f+g \"h"#, #"a\u0026b\u003cc\u003ed\u0027e=f+g \"h"#,
            #"a\u0026b\u003cc\u003ed\u0027e\u003df+g \"h"#, #"a\u0026b\u003Cc\u003Ed\u0027e=f\u002Bg \u0022h"#,
            #"a\\u0026b\\u003cc\\u003ed'e=f+g \\\"h"#, "a%26b%3Cc%3Ed%27e%3Df%2Bg+%22h",
            "a%26b%3cc%3ed%27e%3df%2bg+%22h",
            "a%26b%3Cc%3Ed'e%3Df%2Bg%20%22h",
        ] { #expect(spellings.contains(spelling), "\(spelling)") }
    }

    @Test func base64OfAddressesIsKnown() {
        // Of "??>>??>>??>>", by Python.
        #expect(Secrets.spellings(of: "??>>??>>??>>").contains("Pz8-Pj8_Pj4_Pz4-"))
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
