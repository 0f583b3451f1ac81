import ArgumentParser
import Domain

/// `makima notify`: who is told when a task needs a person, and whether that works.
struct NotifyPeople: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "List the targets of notifications, or try them out",
        discussion: """
            Targets are tables '[notify.NAME]' in config.toml. They are told when a task needs a person or is over. A test is \
            sent once, at once, and does not count as one of the notifications of an hour.
            """
    )

    @Argument(help: ArgumentHelp("Only this target", valueName: "name"))
    var name: String?

    @Flag(help: "Send a test, and say what came of it")
    var test = false

    @OptionGroup var format: FormatOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let targets = try chosen(from: environment.machine.notificationTargets())
        guard test else {
            show(targets, in: environment)
            return .success
        }
        var isEverybodyTold = true
        for target in targets {
            let problem = try await environment.machine.sendTest(to: target)
            isEverybodyTold = isEverybodyTold && problem == nil
            show(target, problem, in: environment)
        }
        return isEverybodyTold ? .success : .failure
    }

    private func chosen(from targets: [NotificationTarget]) throws(CommandError) -> [NotificationTarget] {
        guard !targets.isEmpty else { throw .noTargets }
        guard let name else { return targets }
        let named = targets.filter { $0.name == name }
        guard !named.isEmpty else { throw .unknownTarget(name: name, known: targets.map(\.name)) }
        return named
    }

    private func show(_ targets: [NotificationTarget], in environment: CommandEnvironment) {
        let printer = environment.answers
        if format.json { return printer.print(json: .list(targets.map(\.object))) }
        var table = Table(header: ["TARGET", "KIND", "FORMAT", "TOLD OF", "WHERE"], flexibleColumn: 4)
        for target in targets {
            table.add([
                StyledLine(target.name, .strong), StyledLine(target.kind.rawValue),
                StyledLine(target.kind == .webhook ? target.format.rawValue : ""),
                StyledLine(target.least == .high ? "high" : "\(target.least.rawValue) and above"),
                StyledLine(target.place),
            ])
        }
        printer.print(table.lines(columns: printer.columns))
    }

    private func show(_ target: NotificationTarget, _ problem: String?, in environment: CommandEnvironment) {
        let printer = environment.answers
        if format.json {
            return printer.print(
                json: .fields([
                    ("name", .text(target.name)), ("delivered", .flag(problem == nil)), ("problem", .text(problem)),
                ])
            )
        }
        let name = StyledLine(target.name, .strong)
        if let problem {
            printer.print(StyledLine("✗ ", .bad) + name + StyledLine(" (\(target.place)): not told: \(problem)."))
        } else {
            printer.print(StyledLine("✓ ", .good) + name + StyledLine(" (\(target.place)): told."))
        }
    }
}

extension NotificationTarget {
    /// Without anything secret.
    fileprivate var object: JSONValue {
        .fields([
            ("name", .text(name)), ("kind", .text(kind.rawValue)),
            ("format", .text(kind == .webhook ? format.rawValue : nil)), ("least", .text(least.rawValue)),
            ("place", .text(place)), ("mostPerHour", .whole(mostPerHour)),
        ])
    }
}
