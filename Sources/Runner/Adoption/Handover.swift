import Agents
import Domain
import FoundationEssentials
import Processes

/// What another makima must know to go on with an agent that this one starts; in a file beside its output.
struct Handover: Hashable, Sendable, Codable {
    var task: TaskID
    var prompt: String
    /// The conversation that the agent was told to go on with; `nil` where it began a new one.
    var session: String?
    /// The numbers of the messages in the prompt.
    var messages: [Int]
    /// Marks what the agent tells by its tools; `nil` where it has none.
    var token: String?
    /// By which the agent is known to the task's proxy; `nil` where it has none.
    var proxyToken: String?

    init(_ order: IterationWork.Order, proxyToken: String?) {
        self.proxyToken = proxyToken
        task = order.request.taskID
        prompt = order.request.prompt
        session = order.request.session?.id
        messages = order.messages
        token = order.tools?.access.token
    }

    func write(to directory: String) throws {
        try writeFile(Array(JSONEncoder().encode(self)), to: Self.path(in: directory))
    }

    /// Returns `nil` where there is none that can be read: then the agent cannot be gone on with.
    static func read(from directory: String) -> Handover? {
        guard let bytes = SmallFile.read(path(in: directory), atMost: limit) else { return nil }
        return try? JSONDecoder().decode(Handover.self, from: Data(bytes))
    }

    private static func path(in directory: String) -> String { "\(directory)/handover" }

    /// Far more than a prompt may have.
    private static let limit = 64 << 20
}

extension TaskSpec {
    /// How long an agent works on whose makima is gone; `nil` where it is to end at once.
    ///
    /// Its proxy is gone, too: until another makima goes on with it, it reaches nothing where its network is the allow-list.
    var orphanTime: Duration? {
        guard let time = timeouts.orphan, time > .zero else { return nil }
        return time
    }
}
