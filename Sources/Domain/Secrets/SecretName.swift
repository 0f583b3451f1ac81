/// Tells by a name whether what is called so is likely to be a secret.
enum SecretName {
    /// Whether an option, a variable, a header or a member of this name is likely to hold a secret.
    static func isLikely(_ name: String) -> Bool {
        let words = words(of: name)
        guard let last = words.last, !harmless.contains(last) else { return false }
        return words.contains { secretWords.contains($0) || glued.contains(where: $0.hasSuffix) }
            || words.contains(where: plurals.contains) && !words.contains(where: counted.contains)
    }

    /// Whether what is called so may be several secrets in one.
    static func isPlural(_ name: String) -> Bool { words(of: name).contains(where: plurals.contains) }

    /// The same where a wrong guess hides a text wherever it stands: the names of places count less.
    static func isCertain(_ name: String) -> Bool {
        guard let last = words(of: name).last, !places.contains(last), !directories.contains(name) else { return false }
        return isLikely(name)
    }

    private static func words(of name: String) -> [String] {
        var words: [String] = [""]
        var wasLower = false
        for character in name {
            if !character.isLetter && !character.isNumber || character.isUppercase && wasLower { words.append("") }
            if character.isLetter || character.isNumber { words[words.count - 1] += character.lowercased() }
            wasLower = character.isLowercase
        }
        return words.filter { !$0.isEmpty }
    }

    private static let secretWords: Set<String> = [
        "key", "apikey", "token", "secret", "password", "passwd", "passphrase", "pwd", "auth", "authorization",
        "cred", "creds",
        "credential", "credentials", "bearer", "cookie", "pat", "pass", "dsn", "sshpass", "dbpass", "smtppass",
        "userpass",
        "rootpass",
    ]

    /// How names without a mark between their words end; `key` and `pass` end too many others.
    private static let glued = [
        "apikey", "accesskey", "secretkey", "privatekey", "signingkey", "encryptionkey", "masterkey", "authkey",
        "token",
        "secret", "password", "passwd", "passphrase",
    ]

    private static let plurals: Set<String> = ["apikeys", "keys", "tokens", "secrets", "passwords", "cookies"]

    /// With these, tokens are those of a model.
    private static let counted: Set<String> = [
        "max", "min", "input", "output", "total", "prompt", "completion", "reasoning", "thinking", "context", "cache",
        "cached", "budget", "per", "used", "num", "number",
    ]

    /// What such an option takes is a place, a name or a number.
    private static let harmless: Set<String> = [
        "file", "path", "dir", "env", "name", "id", "limit", "count", "type", "mode", "helper",
    ]

    private static let places: Set<String> = [
        "sock", "socket", "url", "uri", "endpoint", "host", "port", "var", "variable", "method", "provider", "expires",
        "expiry", "at", "in", "scope", "version", "format", "storage", "backend",
    ]

    /// Every shell has them.
    private static let directories: Set<String> = ["PWD", "OLDPWD"]
}
