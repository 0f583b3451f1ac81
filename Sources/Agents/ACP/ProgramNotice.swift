import Domain

/// What is known to be wrong with an installed program, by looking at its files: it is not started for that.
package struct ProgramNotice: Hashable, Sendable {
    package let text: String
    package let hint: String

    /// Returns `nil` where nothing is known of the program at `path`.
    package init?(on path: String) {
        guard let real = FileProbe(path).realPath, Self.isAbandonedKimi(real) else { return nil }
        text = "This kimi-cli is no longer maintained: its last release only says so and ends."
        hint = "Install an earlier one, with 'pip install kimi-cli==1.51.0'."
    }

    /// Returns `nil` where nothing speaks against an agent of the Agent Client Protocol with this command.
    package init?(onProtocolOf command: [String]) {
        guard let meant = ACPProgram(meantBy: command) else { return nil }
        text = "'\(command.joined(separator: " "))' does not speak the Agent Client Protocol."
        let words = meant.command.map { "\"\($0)\"" }.joined(separator: ", ")
        hint = "\(meant.productName) speaks it by: command = [\(words)]."
    }

    /// The last release of kimi-cli, 1.52.0, has everything in it and reaches none of it.
    private static func isAbandonedKimi(_ program: String) -> Bool {
        let parts = program.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.last.map({ $0.hasPrefix("kimi") }) == true, parts.count > 2 else { return false }
        let root = parts.dropLast(2).joined(separator: "/")
        return (8...20)
            .contains { version in
                let file = "\(root)/lib/python3.\(version)/site-packages/kimi_cli/deprecation.py"
                guard let text = FileProbe(file).contents(upTo: 1 << 16) else { return false }
                return String(decoding: text, as: UTF8.self).contains("no longer maintained")
            }
    }
}
