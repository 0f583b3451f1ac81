import Commands
import Domain
import Glibc
import NIOPosix
import Notifications
import Processes
import Server
import Settings

extension LocalMachine {
    func notificationTargets() throws -> [NotificationTarget] { try ownConfiguration().notificationTargets }

    func openNotifier() throws -> (any RunNotifier)? { try taskNotifier(dashboard: nil) }

    func sendTest(to target: NotificationTarget) async throws -> String? {
        let route = route(to: target, amongst: try notificationTargets())
        return await Notifier.test(route, in: notifierSurroundings(dashboard: nil)).problem
    }

    /// `nil` where nobody is to be told.
    func taskNotifier(dashboard: String?) throws -> TaskNotifier? {
        let targets = try notificationTargets()
        guard !targets.isEmpty else { return nil }
        return TaskNotifier(
            notifier: Notifier(
                routes: targets.map { route(to: $0, amongst: targets) },
                ledger: LedgerFile("\(host.stateDirectory)/notifications.json"),
                surroundings: notifierSurroundings(dashboard: dashboard)
            )
        )
    }

    private func notifierSurroundings(dashboard: String?) -> Notifier.Surroundings {
        Notifier.Surroundings(
            clock: ContinuousClock(),
            wallClock: SystemWallClock(),
            origin: NotificationOrigin(host: Self.hostName, dashboard: dashboard)
        )
    }

    /// The user's own programs are given the user's own variables, but those that only makima is to know.
    private func route(to target: NotificationTarget, amongst all: [NotificationTarget]) -> Notifier.Route {
        let secrets = Set(all.compactMap(\.secretVariable))
        let variables = host.variables.filter { !secrets.contains($0.key) }
        let sender: any NotificationSender =
            switch target.kind {
            case .command: CommandSender(command: target.command, environment: variables, launcher: launcher)
            case .desktop: DesktopSender(environment: variables, launcher: launcher)
            case .webhook: webhook(target)
            }
        return Notifier.Route(target, by: sender)
    }

    private func webhook(_ target: NotificationTarget) -> any NotificationSender {
        guard let address = target.url.flatMap(WebhookAddress.init) else { return UnusableSender("it has no URL") }
        var secret: String?
        if let name = target.secretVariable {
            guard let value = host.variables[name], !value.isEmpty else {
                return UnusableSender("the variable \(name) with its secret is not set")
            }
            secret = value
        }
        let parts = WebhookSender.Parts(group: .singletonMultiThreadedEventLoopGroup, clock: ContinuousClock())
        return WebhookSender(to: target, at: address, secret: secret, parts)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "unknown" }
    }
}

/// Tells targets of runs of this machine, and of the tasks of its server.
struct TaskNotifier: RunNotifier, ChangeNotifier {
    let notifier: Notifier

    /// With what cannot be ended at once it is less than ten seconds.
    private static let patience = Duration.seconds(6)

    func tell(_ moments: AsyncStream<TaskMoment>, report: @escaping @Sendable (String) -> Void) async {
        await notifier.tell(moments, patience: Self.patience, report: report)
    }

    func servedSince() async throws -> Timestamp { try notifier.servedSince() }

    func tellUntilEnd(_ moments: AsyncStream<TaskMoment>, report: @escaping @Sendable (String) -> Void) async {
        await notifier.tell(moments, patience: nil, report: report)
    }
}

/// A target whose configuration names what is not there.
private struct UnusableSender: NotificationSender {
    let problem: String

    init(_ problem: String) {
        self.problem = problem
    }

    func send(_ event: NotificationEvent, at time: Timestamp) async -> Delivery { .refused(problem) }
}
