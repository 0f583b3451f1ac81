import Domain

/// The forms that texts of a message may have to have.
package enum TextRule: String, Hashable, Sendable, CaseIterable {
    case text
    case label
    case identifier
    case taskID = "task_id"
    case commit
    case sha256
    case base64
    case branch
    case repositoryURL = "repository_url"
    case absolutePath = "absolute_path"
    case relativePath = "relative_path"
    case variable
    case host

    /// For people and for the documentation.
    package var words: String {
        switch self {
        case .text: "a text without NUL"
        case .label: "one line without control or invisible characters"
        case .identifier: "an identifier: letters, digits, '-', '_', '.' and ':', beginning with a letter or digit"
        case .taskID: "a task's id: ten characters of Crockford's base 32 in lower case"
        case .commit: "an object of git: 40 or 64 lower-case hexadecimal digits"
        case .sha256: "a SHA-256: 64 lower-case hexadecimal digits"
        case .base64: "base 64 with padding"
        case .branch: "a branch's name without 'refs/heads/', as git allows it and without invisible characters"
        case .repositoryURL: "a repository's URL: https, http, ssh, file or 'user@host:path', without a password"
        case .absolutePath: "an absolute path without '.', '..' or control characters"
        case .relativePath:
            "a relative path or pattern without '..', '.git' or control characters, not beginning with '-'"
        case .variable: "the name of a variable: letters, digits and '_', not beginning with a digit"
        case .host: "a host as under 'allow_hosts'"
        }
    }

    func allows(_ text: String) -> Bool {
        switch self {
        case .text: !text.utf8.contains(0)
        case .label: !text.isEmpty && text.unicodeScalars.allSatisfy(\.isVisible)
        case .identifier: Self.isIdentifier(text)
        case .taskID: TaskID(rawValue: text) != nil
        case .commit: Self.isHexadecimal(text, lengths: [40, 64])
        case .sha256: Self.isHexadecimal(text, lengths: [64])
        case .base64: Base64.decoded(text) != nil
        case .branch: Self.isBranch(text)
        case .repositoryURL: RepositoryURL(text) != nil
        case .absolutePath: Self.isAbsolutePath(text)
        case .relativePath: Self.isRelativePath(text)
        case .variable: Self.isVariable(text)
        case .host: AllowedHost(text) != nil
        }
    }

    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isLetterOrDigit else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || "-_.:".utf8.contains($0) }
    }

    private static func isHexadecimal(_ text: String, lengths: Set<Int>) -> Bool {
        lengths.contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The rules of `git check-ref-format`, and a few more: no leading `-`, no invisible character, no `HEAD`.
    private static func isBranch(_ name: String) -> Bool {
        guard !name.isEmpty, !name.hasPrefix("-"), name != "@", name != "HEAD", !name.hasPrefix("refs/") else {
            return false
        }
        guard !name.contains(".."), !name.contains("@{"), !name.hasSuffix(".") else { return false }
        guard name.unicodeScalars.allSatisfy({ $0.isVisible && !" ~^:?*[\\".unicodeScalars.contains($0) }) else {
            return false
        }
        return name.split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
    }

    private static func isAbsolutePath(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return false
        }
        return !path.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(".".utf8) || isParent($0) }
    }

    private static func isRelativePath(_ path: String) -> Bool {
        guard let first = path.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: "-") else { return false }
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        return !path.utf8.split(separator: UInt8(ascii: "/"))
            .contains { part in isParent(part) || String(Substring(part)).lowercased() == ".git" }
    }

    private static func isParent(_ part: Substring.UTF8View) -> Bool { part.elementsEqual("..".utf8) }

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
    }
}

extension Unicode.Scalar {
    /// Whether a person sees it, or sees a blank.
    var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: !properties.isDefaultIgnorableCodePoint
        }
    }
}

extension Codec where Value == String {
    /// Any text but for NUL, which databases do not take.
    static func text(upTo limit: Int, from least: Int = 0) -> Codec {
        ruled(
            .text,
            least == 0 ? "text, up to \(limit) bytes" : "text, \(least) to \(limit) bytes",
            upTo: limit,
            from: least
        )
    }

    static var label: Codec { ruled(.label, "label", upTo: WireLimits.label) }
    static var identifier: Codec { ruled(.identifier, "identifier", upTo: 128) }
    static var taskID: Codec { ruled(.taskID, "task id") }
    static var commit: Codec { ruled(.commit, "object id") }
    static var sha256: Codec { ruled(.sha256, "sha-256") }
    static var branch: Codec { ruled(.branch, "branch", upTo: 244) }
    static var repositoryURL: Codec { ruled(.repositoryURL, "repository URL", upTo: 2048) }
    static var absolutePath: Codec { ruled(.absolutePath, "absolute path", upTo: WireLimits.path) }
    static var relativePath: Codec { ruled(.relativePath, "relative path", upTo: WireLimits.path) }
    static var variable: Codec { ruled(.variable, "variable", upTo: WireLimits.label) }
    static var host: Codec { ruled(.host, "host", upTo: WireLimits.label) }
    /// A path that was found, and of which nothing is demanded.
    static var foundPath: Codec { text(upTo: WireLimits.path) }

    private static func ruled(
        _ rule: TextRule,
        _ kind: @autoclosure @escaping @Sendable () -> String,
        upTo limit: Int = 64,
        from least: Int = 0
    ) -> Codec {
        Codec(
            kind(),
            .text(rule, least...limit),
            parse: \.string,
            problem: { text in
                let bytes = text.utf8.count
                if bytes > limit { return .tooLong(bytes: bytes, limit: limit) }
                return bytes >= least && rule.allows(text) ? nil : .malformed(text, as: rule)
            },
            render: { .string($0) }
        )
    }
}
