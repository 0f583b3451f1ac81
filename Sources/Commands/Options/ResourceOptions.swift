import ArgumentParser
import Domain
import Runner

/// What agent and checks may take of the machine.
struct ResourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many MiB the task's files may take, or 'none' (a new task: no limit, or as configured)",
            valueName: "number"
        ),
        transform: { try LimitArgument.whole($0, 1...ProcessLimits.greatest) }
    )
    var maxDiskMib: LimitWish<Int>?

    @Option(
        help: ArgumentHelp(
            "How many MiB of memory agent and checks may each take, or 'none' (a new task: no limit, or as configured)",
            valueName: "number"
        ),
        transform: { try LimitArgument.whole($0, 1...ProcessLimits.greatest) }
    )
    var maxMemoryMib: LimitWish<Int>?

    @Option(
        help: ArgumentHelp(
            "How many processors agent and checks may each take, as 1.5, or 'none' (a new task: no limit, or as configured)",
            valueName: "number"
        ),
        transform: LimitArgument.cpus
    )
    var maxCpus: LimitWish<Double>?

    var wishes: ResourceWishes {
        var wishes = ResourceWishes()
        wishes.disk = maxDiskMib
        wishes.memory = maxMemoryMib
        wishes.cpus = maxCpus
        return wishes
    }
}

/// A limit as typed: a number, or `none`.
enum LimitArgument {
    static func whole(_ argument: String, _ range: ClosedRange<Int>) throws -> LimitWish<Int> {
        if argument == none { return .unlimited }
        guard argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(argument),
            range.contains(number)
        else {
            throw ValidationError("Give a whole number from \(range.lowerBound) to \(range.upperBound), or 'none'.")
        }
        return .at(number)
    }

    static func cpus(_ argument: String) throws -> LimitWish<Double> {
        if argument == none { return .unlimited }
        guard argument.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let number = Double(argument),
            (0.01...65536).contains(number)
        else { throw ValidationError("Give a number from 0.01 to 65536, as 1.5, or 'none'.") }
        return .at(number)
    }

    private static let none = "none"
}

/// Prepares a workspace.
struct SetupOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The command that prepares the workspace before any agent works in it (a new task: none, or as configured)",
            valueName: "command"
        )
    )
    var setup: String?

    func validate() throws {
        guard setup?.allSatisfy(\.isWhitespace) != true else {
            throw ValidationError("The '--setup' is empty: give a command, as 'true' where nothing is to be done.")
        }
    }
}

/// What proves the work, whenever it is given.
struct ProtectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A pattern of paths that the agent must not change; repeatable, adds to those there are",
            valueName: "pattern"
        )
    )
    var protect: [String] = []

    func validate() throws {
        guard protect.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("A '--protect' is empty: give a pattern, as 'Tests/**'.")
        }
    }
}

/// What becomes of the agent's conversation.
struct ContextOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whether the agent's conversation goes on over iterations (a new task: continue, or as configured)",
            valueName: "mode"
        )
    )
    var context: ContextMode?
}
