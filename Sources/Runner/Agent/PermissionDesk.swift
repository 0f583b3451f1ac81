import Agents
import Domain
import Journal
import Processes
import Synchronization

/// Puts what the working agent wants to be allowed to people, and brings it what they decide.
///
/// The agent waits meanwhile. After some time it is ended, and the task waits in its place.
final class PermissionDesk: Sendable {
    private let parts: RunParts
    private let task: TaskID
    private let iteration: Int
    private let patience: Duration
    /// Whether the agent was taken over: a former makima may have asked for it.
    private let isAdopted: Bool
    private let state = Mutex(State())
    private let wishes: AsyncStream<Wish>
    private let wish: AsyncStream<Wish>.Continuation

    private struct Wish: Sendable {
        let id: String
        let request: PermissionRequest
    }

    private struct State: Sendable {
        /// The numbers of the questions whose answers the agent gets from here.
        var numbers: Set<Int> = []
        var parked: Parked?
        var waited = Duration.zero
        /// What people have allowed for the task since the agent began.
        var granted: [PermissionGrant] = []
        /// The numbers of answers that the program was told and has not gone on with.
        var told: [Int] = []
        /// Those that it has gone on with, and that are not written down.
        var heard: [Int] = []
    }

    init(parts: RunParts, record: IterationRecord, of spec: TaskSpec, isAdopted: Bool = false) {
        self.parts = parts
        self.isAdopted = isAdopted
        task = spec.id
        iteration = record.number
        patience = spec.questions?.patience ?? QuestionPolicy.defaultPatience
        (wishes, wish) = AsyncStream.makeStream()
    }

    /// What an agent was ended for.
    struct Parked: Sendable {
        let number: Int
        let request: PermissionRequest
    }

    /// What nobody had decided when the agent was ended; `nil` where that was not the reason.
    var parked: Parked? { state.withLock(\.parked) }

    /// Whether somebody has decided meanwhile what the agent was ended for.
    func isDecided(_ parked: Parked) async -> Bool {
        // Where the journal cannot be read the end of the iteration says so.
        (try? await look(for: parked.number)) ?? nil != nil
    }

    /// How long the agent was kept waiting.
    var waited: Duration { state.withLock(\.waited) }

    /// Whether a message answers what the agent waits for: it gets that from here.
    func holds(_ message: TaskMessage) -> Bool {
        guard let number = message.answers else { return false }
        return state.withLock { $0.numbers.contains(number) }
    }

    /// Takes note of a request.
    func noteAsked(_ id: String, _ request: PermissionRequest) {
        wish.yield(Wish(id: id, request: request))
    }

    /// Takes note that the program goes on: it has what it was told.
    ///
    /// Returns whether there is something to be written down.
    func noteProgress() -> Bool {
        state.withLock { state in
            state.heard += state.told
            state.told = []
            return !state.heard.isEmpty
        }
    }

    /// Writes down which answers the agent has: those need not be said again.
    func writeReceipts() async throws {
        for number in state.withLock(\.heard) {
            let receipt = TaskMessage.Receipt(.live, iteration: iteration, at: parts.surroundings.wallClock.now())
            for message in try await parts.journal.messages(of: task) where message.answers == number {
                try await parts.journal.deliver(message.number, of: task, receipt)
            }
            state.withLock { $0.heard.removeAll { $0 == number } }
        }
    }

    /// Asks people, one request after the other, until it is cancelled.
    func serve(_ line: AgentLine) async {
        for await wish in wishes {
            do {
                try await serve(wish, line)
            } catch is CancellationError {
                return
            } catch {
                parts.observer.observe(.notice(.permissionUnasked("\(error)")))
                _ = line.tell(.permission(id: wish.id, .refuse("Nobody could be asked: \(error)")))
            }
        }
    }

    private func serve(_ wish: Wish, _ line: AgentLine) async throws {
        guard parked == nil else { return park(wish, line) }
        if state.withLock({ $0.granted.contains { $0.covers(wish.request) } }) {
            _ = line.tell(.permission(id: wish.id, .allow(isLasting: true)))
            return
        }
        let number = try await ask(wish.request)
        state.withLock { _ = $0.numbers.insert(number) }
        parts.observer.observe(.asked(wish.request, number: number, patience: patience))
        let watch = Stopwatch(parts.surroundings.clock)
        let answer = try await answer(to: number)
        state.withLock { $0.waited += watch.elapsed }
        guard let answer else {
            // Whoever answers from now on tells it in the next prompt.
            state.withLock { $0.parked = Parked(number: number, request: wish.request) }
            return park(wish, line)
        }
        let verdict = Self.verdict(answer)
        state.withLock { state in
            state.told.append(number)
            if verdict == .allow(isLasting: true) {
                state.granted.append(PermissionGrant(wish.request, isLasting: true))
            }
        }
        guard line.tell(.permission(id: wish.id, verdict)) else {
            state.withLock { state in
                state.numbers.remove(number)
                state.told.removeAll { $0 == number }
            }
            return
        }
    }

    /// Puts the request to people; one that a former makima put to them is the same question.
    private func ask(_ request: PermissionRequest) async throws -> Int {
        if isAdopted, let asked = try await askedBefore(request) { return asked }
        let now = parts.surroundings.wallClock.now()
        return try await parts.journal.ask(request, in: iteration, at: now, of: task)
    }

    /// The question about this request whose answer, where there is one, the agent has not.
    private func askedBefore(_ request: PermissionRequest) async throws -> Int? {
        let known = state.withLock(\.numbers)
        let told = Set(try await parts.journal.messages(of: task).filter { $0.receipt != nil }.compactMap(\.answers))
        return try await parts.journal.questions(of: task)
            .first { question in
                question.iteration == iteration && question.permission == request && !known.contains(question.number)
                    && !told.contains(question.number)
            }?
            .number
    }

    private func park(_ wish: Wish, _ line: AgentLine) {
        _ = line.tell(.permission(id: wish.id, .park))
        line.endSoon()
    }

    /// Waits for the answer; `nil` when the patience is at its end.
    private func answer(to number: Int) async throws -> TaskQuestion.Answer? {
        let changes = try parts.supervisor.changes(of: parts.directory.messageBell)
        return try await withThrowingTaskGroup(of: TaskQuestion.Answer?.self) { group in
            group.addTask {
                if let answer = try await self.look(for: number) { return answer }
                for await _ in changes { if let answer = try await self.look(for: number) { return answer } }
                throw CancellationError()
            }
            group.addTask {
                guard await Stopwatch(self.parts.surroundings.clock).sleep(until: self.patience) else {
                    throw CancellationError()
                }
                return try await self.look(for: number)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func look(for number: Int) async throws -> TaskQuestion.Answer? {
        try await parts.journal.questions(of: task).first { $0.number == number }?.answer
    }

    private static func verdict(_ answer: TaskQuestion.Answer) -> PermissionVerdict {
        switch PermissionAnswer(answer.text) {
        case .once: .allow(isLasting: false)
        case .always: .allow(isLasting: true)
        case .refused(let words): .refuse(words)
        case nil: .refuse(answer.text)
        }
    }
}
