import Glibc
package import Processes

extension HostGit {
    /// Git as it is found in `searchPath`, the folders of a `PATH`; in the usual place where it is in none of them.
    ///
    /// It looks at each repository once: that is meant for one command of a person's, or one run.
    package static func found(in searchPath: String, launcher: any CommandLauncher, user: UserHome) -> HostGit {
        let candidates = searchPath.split(separator: ":").map { "\($0)/git" }
        let program = candidates.first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
        var git = HostGit(launcher: launcher, program: program ?? "/usr/bin/git", user: user)
        git.repositories = RepositoryMemory()
        return git
    }

    /// The installed version, as `2.39.5`; the number of its parts varies.
    package func version() async throws -> String {
        let output = try await run(Invocation(arguments: ["--version"], directory: "/", operation: "say its version"))
        // "git version 2.39.5"
        let words = GitOutput.line(output).split(separator: " ")
        return words.count > 2 ? String(words[2]) : "unknown"
    }
}
