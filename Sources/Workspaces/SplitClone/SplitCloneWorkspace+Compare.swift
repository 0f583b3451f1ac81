import Domain
import Processes

extension SplitCloneWorkspace {
    func changedPaths(from: TreeID, to: TreeID, matching patterns: [String]?) async throws -> [String] {
        if let patterns, patterns.isEmpty { return [] }
        return try await shell.run(
            VaultShell.Job(
                script: VaultScript.changedPaths,
                operation: "list changed paths",
                access: VaultAccess(vault: .read),
                variables: ["FROM": from.rawValue, "TO": to.rawValue],
                arguments: try (patterns ?? []).map(Self.pathspec)
            )
        )
    }

    func convertedPaths(of tree: TreeID, matching patterns: [String]) async throws -> [String] {
        if patterns.isEmpty { return [] }
        return try await shell.run(
            VaultShell.Job(
                script: VaultScript.convertedPaths,
                operation: "compare files with the tree",
                access: VaultAccess(tree: .read, agentGit: .read, vault: .read),
                variables: ["TREE_ID": tree.rawValue],
                arguments: try patterns.map(Self.pathspec)
            )
        )
    }

    func secretPaths() async throws -> [String] {
        let output = try await turnstile.run {
            try await keeper.persistently {
                try await keeper.run(StagingScript.ignoredFiles, to: "list ignored files")
            }
        }
        let records = GitOutput.records(output)
        // Records come in fours: source, line, pattern, path.
        return stride(from: 0, to: records.count - 3, by: 4)
            .compactMap { index in
                let isOwnRule = records[index].hasSuffix("info/exclude") && SecretPatterns.contains(records[index + 2])
                return isOwnRule ? records[index + 3] : nil
            }
    }

    static func pathspec(_ pattern: String) throws(WorkspaceError) -> String {
        guard isPattern(pattern) else { throw .invalidPattern(pattern) }
        return ":(glob)\(pattern)"
    }

    /// Whether git takes it as a pattern of paths in the repository.
    static func isPattern(_ pattern: String) -> Bool {
        !pattern.isEmpty && !pattern.hasPrefix("/") && !pattern.utf8.contains(0)
            && !pattern.split(separator: "/").contains("..")
    }
}
