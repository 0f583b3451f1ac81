/// What was asked for on the command line.
struct ReplayOptions {
    /// The scenarios to play; empty for all.
    private(set) var only: Set<String> = []
    /// Whether what came is shown also where it is as expected.
    private(set) var isVerbose = false
    /// Whether agents are played without a sandbox although there is one.
    private(set) var isUnconfined = false
    private(set) var files: [String] = []

    init(_ arguments: some Sequence<String>) throws(Problem) {
        var isNaming = false
        for argument in arguments {
            switch argument {
            case "--only": isNaming = true
            case "--verbose": isVerbose = true
            case "--unconfined": isUnconfined = true
            case _ where argument.hasPrefix("-"): throw Problem(message: "There is no option '\(argument)'.")
            // An id is never a path, and a file of scenarios never lacks its ending.
            case _ where isNaming && !argument.contains("."): only.insert(argument)
            default: files.append(argument)
            }
        }
        guard !files.isEmpty else { throw Problem(message: "Name a file of scenarios.") }
    }

    struct Problem: Error, CustomStringConvertible {
        var message: String

        var description: String { "\(message)\nUsage: makima-replay [--only ID…] [--verbose] [--unconfined] FILE…" }
    }
}
