import ArgumentParser
import Domain
import Runner

/// `makima completion-words`: what completion scripts offer in place of a name.
struct OfferWords: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion-words",
        abstract: "Print the words that stand for tasks or agents",
        shouldDisplay: false
    )

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case tasks
        case agents
    }

    @Argument(help: "What the words stand for")
    var kind: Kind

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let words =
            switch kind {
            case .tasks: Self.words(for: try await environment.machine.makeService().glance())
            // A repository names no agents, so none is looked for.
            case .agents: try await environment.machine.loadSettings(for: nil).tasks.agents.map(\.name)
            }
        environment.answers.print(words.map { StyledLine($0) })
        return .success
    }

    /// The shortest beginning of every id, and the names that can be typed as they are, the latest task first.
    private static func words(for listing: TaskListing) -> [String] {
        let callNames = listing.callNames
        return listing.tasks.flatMap { task in
            [callNames[task.id] ?? task.id.rawValue] + (isPlain(task.spec.name) ? [task.spec.name] : [])
        }
    }

    /// A shell splits words at blanks, and bash carries out `$(…)` in what it is offered.
    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "._-".unicodeScalars.contains($0))
        }
    }
}

extension CompletionKind {
    /// The words of one kind, asked for when they are needed.
    static func words(_ kind: OfferWords.Kind) -> CompletionKind {
        .shellCommand("makima \(OfferWords.configuration.commandName ?? "") \(kind.rawValue) 2>/dev/null")
    }
}
