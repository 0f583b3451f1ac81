import ArgumentParser
import Wire

/// `makima contract show`: everything about a contract.
struct ShowContract: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a contract, its tasks and what is to be merged"
    )

    @OptionGroup var contract: ContractArgument
    @OptionGroup var format: FormatOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let found = try await ContractLookup(book: queue).find(contract.contract)
        let printer = environment.answers
        if format.json {
            printer.print(json: try APIText.value(found))
        } else {
            printer.print(ContractPage(contract: found, columns: printer.columns).lines)
        }
        return .success
    }
}
