package import Domain
package import Processes

/// Starts a program of the user's with an event as JSON on its standard input; no shell is between.
package struct CommandSender: NotificationSender {
    private let command: [String]
    private let environment: [String: String]
    private let launcher: any CommandLauncher

    private static let patience = Duration.seconds(30)

    /// `environment` is what the program is given besides the variables of the event.
    package init(command: [String], environment: [String: String], launcher: any CommandLauncher) {
        self.command = command
        self.environment = environment
        self.launcher = launcher
    }

    package func send(_ event: NotificationEvent, at time: Timestamp) async -> Delivery {
        guard let program = command.first else { return .refused("it has no program") }
        let started = Command(
            program,
            Array(command.dropFirst()),
            environment: environment.merging(event.variables) { $1 },
            input: .bytes(JSONWriter.bytes(of: event.json) + [0x0A])
        )
        return await CommandDelivery(launcher).run(started, within: Self.patience)
    }
}

/// Shows an event on the desktop, by `notify-send`.
package struct DesktopSender: NotificationSender {
    private let environment: [String: String]
    private let launcher: any CommandLauncher

    package init(environment: [String: String], launcher: any CommandLauncher) {
        self.environment = environment
        self.launcher = launcher
    }

    package func send(_ event: NotificationEvent, at time: Timestamp) async -> Delivery {
        // Desktops read the text as markup, and the title not.
        let text = event.lines.joined(separator: "\n").escapingScalars(["&": "&amp;", "<": "&lt;"])
            .replacing(">", with: "&gt;")
        let arguments = ["--app-name=makima", "--urgency=\(Self.urgency(event.priority))", "--", event.title, text]
        let started = Command("notify-send", arguments, environment: environment)
        let delivery = await CommandDelivery(launcher).run(started, within: .seconds(10))
        guard case .refused(CommandDelivery.missing) = delivery else { return delivery }
        return .refused("there is no 'notify-send' in PATH; install it (libnotify-bin), or use another kind of target")
    }

    private static func urgency(_ priority: NotificationPriority) -> String {
        switch priority {
        case .low: "low"
        case .normal: "normal"
        case .high: "critical"
        }
    }
}

/// Judges how a program that was to tell something has ended.
struct CommandDelivery {
    private let launcher: any CommandLauncher

    static let missing = "there is no such program"

    init(_ launcher: any CommandLauncher) {
        self.launcher = launcher
    }

    func run(_ command: Command, within time: Duration) async -> Delivery {
        do {
            let result = try await launcher.run(command, timeout: time, outputCap: 4 << 10)
            return switch result.status {
            case .code(0): .delivered
            case .code(let code): .refused("it ended with exit status \(code)" + Self.words(of: result))
            case .signal(let number): .refused("signal \(number) ended it")
            }
        } catch is CancellationError {
            return .failed("there was no time left")
        } catch ProcessError.programNotFound {
            return .refused(Self.missing)
        } catch {
            return .refused(PlainText.line("\(error)", upTo: 300))
        }
    }

    private static func words(of result: CommandResult) -> String {
        let last = PlainText.line(String(decoding: result.errorOutput, as: UTF8.self).lastLine(upTo: 200), upTo: 200)
        return last.isEmpty ? "" : ": \(last)"
    }
}
