import ArgumentParser
import Domain
import Wire

/// `makima contract list`: one line for each contract.
struct ListContracts: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the contracts of the server, the latest first",
        aliases: ["ls"]
    )

    @Flag(help: "List all, not only the latest 20 and those that are not over")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    private static let latest = 20

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let page = try await all ? queue.contracts(matching: nil) : queue.contracts(latest: Self.latest)
        let shown = page.contracts
        environment.complaints.print(page.damaged.map(warning))
        if format.json {
            environment.answers.print(json: .list(try shown.map { try APIText.value($0) }))
            return .success
        }
        let notes = environment.notes(quiet)
        if page.contracts.isEmpty {
            notes.print(["There are no contracts yet.", "Hint: Make one with 'makima contract new GOAL'."])
            return .success
        }
        let printer = environment.answers
        printer.print(table(of: shown, at: environment.wallClock.now()).lines(columns: printer.columns))
        if page.next != nil {
            notes.print(StyledLine("There are older ones; 'makima contract list --all' shows them.", .faint))
        }
        return .success
    }

    private func warning(of id: String) -> StyledLine {
        StyledLine("Warning: ", .warning)
            + StyledLine("The contract '\(id.prefix(6))' is left out: its row at the server is damaged.")
    }

    private func table(of contracts: [ContractView], at now: Timestamp) -> Table {
        var table = Table(header: ["CONTRACT", "STATUS", "MERGED", "COST", "AGE", "NAME"], flexibleColumn: 5)
        table.dispensable = [3, 4, 2]
        for contract in contracts {
            table.add([
                StyledLine(contract.callName, .strong), contract.statusLine,
                StyledLine("\(contract.mergedCount)/\(contract.work.count)"),
                StyledLine(contract.usage.usage.costWords), StyledLine((now - contract.updatedAt).age),
                StyledLine(contract.name),
            ])
        }
        return table
    }
}
