import Domain
import Glibc

/// Writes the two git directories of a workspace, file by file: quicker than `git clone`, and nothing of the user's
/// configuration gets in but what is named here.
struct GitDirectoryWriter {
    let main: MainRepository
    let layout: WorkspaceLayout

    /// Writes the agent's git directory with `branch` at `commit`; the branch is unborn where that is `nil`.
    func writeAgentGit(branch: String, commit: CommitID?, base: BaseBranch?) throws(WorkspaceError) {
        try writeSkeleton(layout.agentGit, head: "refs/heads/\(branch)")
        try write(GitSettings.file(agentSettings), "config", in: layout.agentGit)
        if let commit { try write("\(commit)\n", "refs/heads/\(branch)", in: layout.agentGit) }
        if let base, base.name != branch {
            try write("\(base.commit)\n", "refs/heads/\(base.name)", in: layout.agentGit)
        }
        try FileTree.write(userExcludes(), to: "\(layout.agentGit)/info/exclude")
    }

    func writeVault() throws(WorkspaceError) {
        try writeSkeleton(layout.vault, head: "refs/heads/checkpoints")
        try FileTree.makeDirectories("\(layout.vault)/makima")
        try write(GitSettings.file(vaultSettings), "config", in: layout.vault)
        let excludes = try userExcludes() + SecretPatterns.excludes.utf8
        try FileTree.write(Array(excludes), to: "\(layout.vault)/info/exclude")
    }

    /// The branch the user's checkout was on, which an agent likes to compare with.
    struct BaseBranch {
        var name: String
        var commit: CommitID
    }

    private func writeSkeleton(_ directory: String, head: String) throws(WorkspaceError) {
        for name in ["info", "objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            try FileTree.makeDirectories("\(directory)/\(name)")
        }
        try write("ref: \(head)\n", "HEAD", in: directory)
        try write(alternates, "objects/info/alternates", in: directory)
        try copy(main.info("attributes"), "info/attributes", in: directory)
        if main.isShallow {
            try copy(MainRepository.contents("\(main.commonDirectory)/shallow"), "shallow", in: directory)
        }
        if main.configuration.isSparse {
            let patterns = try MainRepository.contents("\(main.gitDirectory)/info/sparse-checkout")
            try copy(patterns, "info/sparse-checkout", in: directory)
        }
    }

    private func copy(_ bytes: [UInt8], _ name: String, in directory: String) throws(WorkspaceError) {
        if !bytes.isEmpty { try FileTree.write(bytes, to: "\(directory)/\(name)") }
    }

    private func write(_ text: String, _ name: String, in directory: String) throws(WorkspaceError) {
        let path = "\(directory)/\(name)"
        if let slash = name.lastIndex(of: "/") { try FileTree.makeDirectories("\(directory)/\(name[..<slash])") }
        try FileTree.write(Array(text.utf8), to: path)
    }

    private var alternates: String {
        main.objectDirectories.map { $0.contains { "\n\"#".contains($0) } ? Self.quoted($0) : $0 }
            .joined(separator: "\n") + "\n"
    }

    private static func quoted(_ path: String) -> String {
        let escaped = path.flatMap { character -> String in
            switch character {
            case "\"", "\\": "\\\(character)"
            case "\n": "\\n"
            default: "\(character)"
            }
        }
        return "\"\(String(escaped))\""
    }

    private var agentSettings: [(String, String)] {
        var settings = commonSettings + [("core.logAllRefUpdates", "true")]
        if main.configuration.identity == nil {
            settings += [("user.name", "makima agent"), ("user.email", "agent@localhost")]
        }
        return settings
    }

    private var vaultSettings: [(String, String)] {
        commonSettings + [
            ("core.logAllRefUpdates", "false"),
            ("core.hooksPath", "/dev/null"),
            ("core.fsmonitor", "false"),
            ("core.untrackedCache", "true"),
            // Objects are handed to the disk as they are written; the flush that follows is that of the reference.
            ("core.fsync", "committed"),
            ("core.fsyncMethod", "writeout-only"),
            ("core.excludesFile", "/dev/null"),
            ("core.attributesFile", "/dev/null"),
            ("core.alternateRefsCommand", "/bin/true"),
            ("core.safecrlf", "false"),
            ("core.protectHFS", "true"),
            ("core.protectNTFS", "true"),
            // A larger file is not compared line by line, so its size does not decide the memory that git takes.
            ("core.bigFileThreshold", "32m"),
            // Only with it does the untracked cache serve a status that lists every file.
            ("status.showUntrackedFiles", "all"),
            ("transfer.fsckObjects", "true"),
            ("protocol.allow", "never"),
            ("submodule.recurse", "false"),
            ("commit.gpgSign", "false"),
        ]
    }

    private var commonSettings: [(String, String)] {
        let format = main.objectFormat
        var settings = [
            ("core.repositoryFormatVersion", format == .sha1 ? "0" : "1"),
            ("core.bare", "false"),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
        ]
        if format != .sha1 { settings.append(("extensions.objectFormat", format.rawValue)) }
        return settings + main.configuration.carried.map { ($0.key, $0.value) }
    }

    /// The ignore rules that are the user's own, not the repository's.
    private func userExcludes() throws(WorkspaceError) -> [UInt8] {
        let global = try main.configuration.excludesFile.map { path throws(WorkspaceError) in
            try MainRepository.contents(path)
        }
        return try (global ?? []) + [UInt8(ascii: "\n")] + main.info("exclude") + [UInt8(ascii: "\n")]
    }
}

/// Names of files that usually hold secrets.
enum SecretPatterns {
    private static let patterns = [
        ".env", ".env.*", "*.pem", "*.p12", "*.pfx", "*.keystore", "*.jks", "id_rsa*", "id_dsa*", "id_ecdsa*",
        "id_ed25519*", ".netrc", ".pgpass", ".pypirc", ".git-credentials", "credentials.json",
        "service-account*.json",
    ]
    private static let exceptions = [
        ".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults", "*.pub",
    ]

    static func contains(_ pattern: String) -> Bool { patterns.contains(pattern) }

    /// Ignore rules; the last one that matches decides.
    static var excludes: String {
        (patterns + exceptions.map { "!\($0)" }).joined(separator: "\n") + "\n"
    }
}
