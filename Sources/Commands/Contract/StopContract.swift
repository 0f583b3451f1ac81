import ArgumentParser
import Domain
import Wire

/// `makima contract stop`: ends all tasks of a contract.
struct StopContract: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop all tasks of a contract",
        discussion:
            "Gently: agents are interrupted and may end. Everything is kept, and 'makima contract resume' goes on."
    )

    @OptionGroup var contract: ContractArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let found = try await ContractLookup(book: queue).find(contract.contract)
        let stopped = try await queue.stopContract(found.contractId)
        if format.json {
            environment.answers.print(json: try APIText.value(stopped))
            return .success
        }
        let call = stopped.callName
        guard stopped.status == .stopped else {
            environment.answers.print(
                StyledLine("Nothing is to be stopped: contract \(call) is \(stopped.status.words).")
            )
            return .success
        }
        environment.answers.print(StyledLine("Contract \(call) is stopped; its tasks are being stopped."))
        environment.notes(quiet)
            .print(StyledLine("Hint: ", .accent) + StyledLine("Go on later with 'makima contract resume \(call)'."))
        return .success
    }
}
