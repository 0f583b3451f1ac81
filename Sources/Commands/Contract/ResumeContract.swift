import ArgumentParser
import Domain
import Wire

/// `makima contract resume`: lets a contract go on.
struct ResumeContract: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a contract go on that was stopped, is blocked or has used up its budget",
        discussion: """
            The tasks that were stopped with it go on too, a queue that stood still is tried again, and checks are run again. \
            Limits that are named replace those it has.
            """
    )

    @OptionGroup var contract: ContractArgument
    @OptionGroup(title: "Limits") var limits: ContractLimitOptions

    @Flag(help: "Follow it until it is done, or needs you")
    var follow = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let found = try await ContractLookup(book: queue).find(contract.contract)
        var request = ContractResumeRequest()
        try limits.apply(to: &request.limits)
        let resumed = try await queue.resumeContract(found.contractId, request)
        if follow {
            return try await ContractFollowing(book: queue, environment: environment, format: format, quiet: quiet)
                .follow(resumed)
        }
        if format.json {
            environment.answers.print(json: try APIText.value(resumed))
            return .success
        }
        let call = resumed.callName
        // What a person has to do something about is there still, whatever was tried again.
        let stands = !resumed.obstacles.isEmpty && !resumed.goesOn
        let words = stands ? "is tried again, but nothing in it goes on by itself yet:" : "goes on."
        environment.answers.print(StyledLine("Contract \(call) \(words)"))
        guard !stands else {
            environment.answers.print(resumed.needs)
            return .success
        }
        environment.notes(quiet)
            .print(StyledLine("Hint: ", .accent) + StyledLine("Follow it with 'makima contract attach \(call)'."))
        return .success
    }
}
