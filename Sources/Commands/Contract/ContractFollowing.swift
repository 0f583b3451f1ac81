import Domain
import Runner
import Synchronization
import Wire

/// Shows what happens in a contract.
struct ContractFollowing: Sendable {
    let book: any ContractBook
    let environment: CommandEnvironment
    let format: FormatOptions
    let quiet: QuietOptions

    /// Follows it until it does not go on by itself, or the person at the terminal does not look on any longer; the exit status
    /// is that of where it stands.
    func follow(_ contract: ContractView) async throws -> ExitStatus {
        let stops = environment.listenForStops()
        defer { stops.finish() }
        let ended = try await withThrowingTaskGroup(of: ContractView?.self) { group in
            group.addTask { try await run(contract.contractId, after: 0) }
            group.addTask {
                for await _ in stops.stream { break }
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let ended else {
            let call = contract.callName
            environment.notes(quiet)
                .print([
                    StyledLine("Looking on ended; contract \(call) goes on at the server."),
                    StyledLine("Hint: ", .accent)
                        + StyledLine(
                            "See more with 'makima contract attach \(call)'; stop it with 'makima contract stop \(call)'."
                        ),
                ])
            return .interrupted
        }
        try printEnd(of: ended)
        return ExitStatus(ended.status)
    }

    func printEnd(of contract: ContractView) throws {
        guard !format.json else { return environment.answers.print(json: try APIText.value(contract)) }
        environment.answers.print(contract.summary)
        environment.notes(quiet).print(contract.hints)
    }

    /// Returns the contract when it does not go on by itself.
    func run(_ id: String, after position: Int) async throws -> ContractView {
        let last = Mutex<ContractView?>(nil)
        try await tell(id, after: position) { contract in
            last.withLock { $0 = contract }
            return !contract.status.isAtRest
        }
        guard let contract = last.withLock(\.self) else { throw ContractCommandError.unknown(id) }
        return contract
    }

    /// Tells what happens as long as `goesOn` says.
    func tell(
        _ id: String,
        after position: Int,
        to printer: Printer? = nil,
        _ goesOn: @Sendable (ContractView) -> Bool
    ) async throws {
        let printer = printer ?? (format.json ? environment.answers : environment.notes(quiet))
        let complaints = environment.complaints
        let narrator = Mutex(TimelineNarrator())
        let isJSON = format.json
        try await book.followContract(id, after: position) { step in
            switch step {
            case .entry(let entry) where isJSON: printer.print(json: try APIText.value(entry))
            case .entry(let entry): printer.print(narrator.withLock { $0.tell(entry) })
            case .standing(let contract): return goesOn(contract)
            case .away(let message):
                complaints.print([
                    StyledLine("Warning: ", .warning) + StyledLine(message),
                    StyledLine("It is tried again every second; Ctrl-C ends the looking on only.", .faint),
                ])
            case .back: complaints.print(StyledLine("The server is there again.", .faint))
            }
            return true
        }
    }
}
