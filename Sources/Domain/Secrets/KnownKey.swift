/// A kind of key that is told by how it begins, whoever holds it.
package struct KnownKey: Hashable, Sendable {
    /// What a key consists of after its beginning: the letters by which `redact.h` calls it.
    enum Body: String {
        case lettersAndDigits = "a"
        case capitalsAndDigits = "A"
        case withDash = "a-"
        case withUnderscore = "a_"
        case word = "a-_"
        case token = "a-_."
        case lines = "bl"
    }

    /// What is shown in its place.
    let name: String
    package let beginning: String
    /// How many bytes follow at least.
    let least: Int
    let body: Body
    /// Whether it is none where a word leads up to it.
    var isAlone = false

    /// As the shim reads it.
    var form: String { "\(least)\(body.rawValue)\(isAlone ? "!" : "")" }

    package static let all = services + tokens + privateKeys

    private static let services = [
        KnownKey(name: "anthropic-key", beginning: "sk-ant-", least: 20, body: .word),
        KnownKey(name: "api-key", beginning: "sk-", least: 40, body: .word, isAlone: true),
        KnownKey(name: "aws-key", beginning: "AKIA", least: 16, body: .capitalsAndDigits, isAlone: true),
        KnownKey(name: "aws-key", beginning: "ASIA", least: 16, body: .capitalsAndDigits, isAlone: true),
        KnownKey(name: "google-key", beginning: "AIza", least: 35, body: .word),
        KnownKey(name: "groq-key", beginning: "gsk_", least: 40, body: .lettersAndDigits, isAlone: true),
        KnownKey(name: "stripe-key", beginning: "sk_live_", least: 20, body: .lettersAndDigits, isAlone: true),
        KnownKey(name: "stripe-key", beginning: "rk_live_", least: 20, body: .lettersAndDigits, isAlone: true),
    ]

    private static let tokens =
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]
        .map { KnownKey(name: "github-token", beginning: $0, least: 30, body: .lettersAndDigits) }
        + ["xoxb-", "xoxp-", "xapp-"]
        .map { KnownKey(name: "slack-token", beginning: $0, least: 20, body: .withDash) }
        // The texts {"alg": {"typ": {"kid": in Base64; only {" begins every object.
        + ["eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi"]
        .map { KnownKey(name: "jwt", beginning: $0, least: 40, body: .token, isAlone: true) }
        + [
            KnownKey(name: "github-token", beginning: "github_pat_", least: 30, body: .withUnderscore),
            KnownKey(name: "gitlab-token", beginning: "glpat-", least: 20, body: .word),
            KnownKey(name: "npm-token", beginning: "npm_", least: 30, body: .lettersAndDigits, isAlone: true),
            KnownKey(name: "huggingface-token", beginning: "hf_", least: 30, body: .lettersAndDigits, isAlone: true),
        ]

    /// In PEM: one whose frame is followed by headers begins with the last of these, which names its cipher.
    private static let privateKeys =
        (["", "RSA ", "DSA ", "EC ", "OPENSSH ", "ENCRYPTED "].map { "-----BEGIN \($0)PRIVATE KEY-----" }
        + ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC"].map { "DEK-Info: \($0)," })
        .map { KnownKey(name: "private-key", beginning: $0, least: 40, body: .lines) }
}
