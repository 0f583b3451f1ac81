import ArgumentParser
import Domain
import Wire

/// `makima contract log`: what happened in a contract.
struct ReadContractLog: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show what happened in a contract"
    )

    @OptionGroup var contract: ContractArgument

    @Flag(name: .shortAndLong, help: "Go on with what happens, until it is done or Ctrl-C")
    var follow = false

    @OptionGroup var format: FormatOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let found = try await ContractLookup(book: queue).find(contract.contract)
        guard !follow else {
            let quiet = try QuietOptions.parse([])
            let following = ContractFollowing(book: queue, environment: environment, format: format, quiet: quiet)
            try await following.tell(found.contractId, after: 0, to: environment.answers) { $0.status != .done }
            return .success
        }
        let printer = environment.answers
        var narrator = TimelineNarrator()
        narrator.detailLines = .max
        var next: Int? = 0
        while let after = next {
            let page = try await queue.timeline(of: found.contractId, after: after)
            for entry in page.entries {
                if format.json {
                    printer.print(json: try APIText.value(entry))
                } else {
                    printer.print(narrator.tell(entry))
                }
            }
            next = page.next
        }
        return .success
    }
}
