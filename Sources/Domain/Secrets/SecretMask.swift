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
            follows = argument.hasPrefix("-") && !argument.contains("=") && SecretName.isLikely(argument)
            return isValue ? hidden : text(argument)
        }
    }

    /// One text, which may be a whole command line.
    package static func text(_ text: String) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count > 1 else { return word(text) }
        if let colon = words[0].firstIndex(of: ":"), words[0].index(after: colon) == words[0].endIndex,
            SecretName.isLikely(String(words[0][..<colon]))
        {
            return "\(words[0]) \(hidden)"
        }
        return arguments(words).joined(separator: " ")
    }

    private static func word(_ word: String) -> String {
        if let mark = word.firstIndex(where: { $0 == "=" || $0 == ":" }), SecretName.isLikely(String(word[..<mark])),
            !word[mark...].hasPrefix("://"), word.index(after: mark) < word.endIndex
        {
            return "\(word[...mark])\(hidden)"
        }
        if let address = maskedAddress(word) { return address }
        let value = word.lastIndex(of: "=").map { word[word.index(after: $0)...] } ?? word[...]
        guard value.utf8.count >= 16, KnownKey.all.contains(where: { value.hasPrefix($0.beginning) }) else {
            return word
        }
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
}
