import Agents
import Domain
import Journal
import Processes
import Synchronization

/// Hands what people say over to the agent that is working, and writes down what it has got.
///
/// What it does not get stays queued in the journal, for the next prompt.
final class MessageDesk: Sendable {
    private let parts: RunParts
    private let task: TaskID
    private let iteration: Int
    /// Brings the agent some answers itself.
    private let permissions: PermissionDesk
    /// The messages that the agent was given, in its prompt or since, by their numbers.
    private let known: Mutex<Set<Int>>
    /// Acknowledged by the agent, and not yet written down.
    private let taken = Mutex<[Int]>([])
    private let looks: AsyncStream<Void>
    private let look: AsyncStream<Void>.Continuation

    /// `told` are the messages in the prompt.
    init(parts: RunParts, record: IterationRecord, of spec: TaskSpec, told: [Int], isAdopted: Bool = false) {
        self.parts = parts
        task = spec.id
        permissions = PermissionDesk(parts: parts, record: record, of: spec, isAdopted: isAdopted)
        iteration = record.number
        known = Mutex(Set(told))
        (looks, look) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes note that a former makima gave the agent these messages.
    func noteHandedOver(_ numbers: Set<Int>) { known.withLock { $0.formUnion(numbers) } }

    /// Takes note of what the agent has, wants, and does.
    func note(_ event: AgentEvent) {
        switch event {
        case .messageTaken(let number):
            taken.withLock { $0.append(number) }
            look.yield()
        case .permissionAsked(let id, let wish): permissions.noteAsked(id, wish)
        case .permissionWithdrawn(let id): permissions.noteWithdrawn(id)
        default:
            if event.showsProgress, permissions.noteProgress() { look.yield() }
        }
    }

    /// What nobody has allowed or refused, so that the agent was ended; and whether somebody has meanwhile.
    func parked() async -> (number: Int, request: PermissionRequest, isDecided: Bool)? {
        guard let parked = permissions.parked else { return nil }
        return (parked.number, parked.request, await permissions.isDecided(parked))
    }

    /// How long the agent was kept waiting for people.
    var waited: Duration { permissions.waited }

    /// Brings messages to `line` until it is cancelled.
    func serve(_ line: AgentLine) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen() }
            group.addTask { await self.permissions.serve(line) }
            look.yield()
            for await _ in looks {
                await writeReceipts()
                await attempt { try await self.handOver(to: line) }
            }
            group.cancelAll()
        }
    }

    /// Writes down what the agent got and is not written down yet; to be called when it has ended.
    func writeReceipts() async {
        for number in taken.withLock({ $0 }) {
            await attempt { try await self.deliver(number) }
        }
        await attempt { try await self.permissions.writeReceipts() }
    }

    private func listen() async {
        await attempt {
            let changes = try self.parts.supervisor.changes(of: self.parts.directory.messageBell)
            // Said before anybody listened.
            self.look.yield()
            for await _ in changes { self.look.yield() }
        }
    }

    private func handOver(to line: AgentLine) async throws {
        for message in try await parts.journal.messages(of: task) where message.receipt == nil {
            guard known.withLock({ !$0.contains(message.number) }), !permissions.holds(message) else { continue }
            guard line.tell(.message(message)) else { return }
            known.withLock { _ = $0.insert(message.number) }
        }
    }

    private func deliver(_ number: Int) async throws {
        let receipt = TaskMessage.Receipt(.live, iteration: iteration, at: parts.surroundings.wallClock.now())
        try await parts.journal.deliver(number, of: task, receipt)
        taken.withLock { $0.removeAll { $0 == number } }
    }

    /// What fails leaves the message queued: said once more, rather than never.
    private func attempt(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch is CancellationError {
            return
        } catch {
            parts.observer.observe(.notice(.messagesUndelivered("\(error)")))
        }
    }
}
