import ArgumentParser

/// `makima contract attach`: follows a contract.
struct AttachContract: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Follow a contract until it is done, or needs you",
        discussion: """
            Shows what has happened in it, and what happens. Ctrl-C ends the looking on only. With --json each line is an entry \
            of the timeline, and the last one the contract.

            Exit codes: 0 done, 3 its budget, 5 blocked, 130 stopped.
            """
    )

    @OptionGroup var contract: ContractArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let found = try await ContractLookup(book: queue).find(contract.contract)
        return try await ContractFollowing(book: queue, environment: environment, format: format, quiet: quiet)
            .follow(found)
    }
}
