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
        let notes = environment.notes(quiet)
        // Where one thing needs a person it has been said by now.
        guard contract.status == .blocked, contract.obstacles.count + contract.stopped.count > 1 else {
            return notes.print(contract.hints)
        }
        notes.print([StyledLine("Needs you", .strong)] + contract.needs)
    }

    /// Returns the contract when it does not go on by itself.
    func run(_ id: String, after position: Int) async throws -> ContractView {
        let last = Mutex<ContractView?>(nil)
        try await tell(id, after: position) { contract in
            let before = last.withLock { last in
                defer { last = contract }
                return last
            }
            guard !contract.isAtRest else { return false }
            tellNeeds(of: contract, before: before)
            return true
        }
        guard let contract = last.withLock(\.self) else { throw ContractCommandError.unknown(id) }
        return contract
    }

    /// Tells what needs a person while the rest goes on, once.
    private func tellNeeds(of contract: ContractView, before: ContractView?) {
        let known = before?.obstacles ?? []
        let new = contract.obstacles.filter { !known.contains($0) }
        guard !format.json, !new.isEmpty else { return }
        var lines = [StyledLine("Needs you, while the rest goes on:", .warning)]
        for obstacle in new {
            lines.append(StyledLine("  \(obstacle.sentence)"))
            if let hint = obstacle.hint { lines.append(StyledLine("    Hint: ", .accent) + StyledLine(hint)) }
        }
        environment.notes(quiet).print(lines)
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
