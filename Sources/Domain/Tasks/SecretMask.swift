/// Hides what is likely to be a secret in texts that are shown: keys, tokens and passwords in arguments.
///
/// Used wherever arguments are shown; what is started gets them as they are. It errs on the side of hiding.
package enum SecretMask {
    /// What is shown in a secret's place.
    package static let hidden = "(hidden)"

    /// The arguments of a program, each as it may be shown.
    package static func arguments(_ arguments: [String]) -> [String] {
        var follows = false
        return arguments.map { argument in
            let isValue = follows && !argument.hasPrefix("-")
            follows = argument.hasPrefix("-") && !argument.contains("=") && namesSecret(argument)
            return isValue ? hidden : text(argument)
        }
    }

    /// One text, which may be a whole command line.
    package static func text(_ text: String) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count > 1 else { return word(text) }
        if let colon = words[0].firstIndex(of: ":"), words[0].index(after: colon) == words[0].endIndex,
            namesSecret(String(words[0][..<colon]))
        {
            return "\(words[0]) \(hidden)"
        }
        return arguments(words).joined(separator: " ")
    }

    private static func word(_ word: String) -> String {
        if let mark = word.firstIndex(where: { $0 == "=" || $0 == ":" }), namesSecret(String(word[..<mark])),
            !word[mark...].hasPrefix("://"), word.index(after: mark) < word.endIndex
        {
            return "\(word[...mark])\(hidden)"
        }
        if let address = maskedAddress(word) { return address }
        let value = word.lastIndex(of: "=").map { word[word.index(after: $0)...] } ?? word[...]
        guard value.utf8.count >= 16, prefixes.contains(where: value.hasPrefix) else { return word }
        return "\(word[..<value.startIndex])\(hidden)"
    }

    /// `scheme://user:password@host` without the password; `nil` for everything else.
    private static func maskedAddress(_ word: String) -> String? {
        let parts = word.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let at = parts[1].lastIndex(of: "@"),
            let colon = parts[1][..<at].firstIndex(of: ":")
        else { return nil }
        return "\(parts[0])://\(parts[1][...colon])\(hidden)\(parts[1][at...])"
    }

    /// Whether an option, a variable or a header of this name is likely to hold a secret.
    private static func namesSecret(_ name: String) -> Bool {
        var words: [String] = [""]
        var wasLower = false
        for character in name {
            if !character.isLetter && !character.isNumber || character.isUppercase && wasLower { words.append("") }
            if character.isLetter || character.isNumber { words[words.count - 1] += character.lowercased() }
            wasLower = character.isLowercase
        }
        words.removeAll(where: \.isEmpty)
        guard let last = words.last, !harmless.contains(last) else { return false }
        return words.contains(where: secretWords.contains)
    }

    private static let secretWords: Set<String> = [
        "key", "apikey", "token", "secret", "password", "passwd", "passphrase", "pwd", "auth", "authorization",
        "credential", "credentials", "bearer", "cookie", "pat",
    ]

    /// What such an option takes is a place, a name or a number.
    private static let harmless: Set<String> = [
        "file", "path", "dir", "env", "name", "id", "limit", "count", "type", "mode", "helper",
    ]

    /// How the keys of well-known services begin.
    private static let prefixes = [
        "sk-", "pk-", "rk_", "sk_", "ghp_", "gho_", "ghu_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-",
        "AIza", "AKIA", "ASIA", "eyJ", "hf_", "npm_", "gsk_",
    ]
}
