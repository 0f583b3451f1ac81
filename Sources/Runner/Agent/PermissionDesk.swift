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
        /// What people are asked now, by its name, and how whoever waits for them is told that it is withdrawn.
        var current: (id: String, withdrawal: AsyncStream<Void>.Continuation)?
        /// The names of requests that were withdrawn before anybody was asked.
        var withdrawn: Set<String> = []
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

    /// Takes note that the program does not wait any more for what it asked by this name.
    func noteWithdrawn(_ id: String) {
        let withdrawal: AsyncStream<Void>.Continuation? = state.withLock { state in
            if let current = state.current, current.id == id { return current.withdrawal }
            state.withdrawn.insert(id)
            return nil
        }
        withdrawal?.yield()
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
        guard let withdrawals = begin(wish) else { return }
        defer { state.withLock { $0.current = nil } }
        guard parked == nil else { return park(wish, line) }
        if state.withLock({ $0.granted.contains { $0.covers(wish.request) } }) {
            _ = line.tell(.permission(id: wish.id, .allow(isLasting: true)))
            return
        }
        let number = try await ask(wish.request)
        state.withLock { _ = $0.numbers.insert(number) }
        parts.observer.observe(.asked(wish.request, number: number, patience: patience))
        let watch = Stopwatch(parts.surroundings.clock)
        let end = try await answer(to: number, withdrawals)
        state.withLock { $0.waited += watch.elapsed }
        if case .withdrawn = end { return try await withdraw(number) }
        guard case .answered(let answer) = end else {
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

    /// Takes up a request; `nil` where it is withdrawn by now.
    private func begin(_ wish: Wish) -> AsyncStream<Void>? {
        let (withdrawals, withdrawal) = AsyncStream.makeStream(of: Void.self)
        return state.withLock { state in
            guard state.withdrawn.remove(wish.id) == nil else { return nil }
            state.current = (wish.id, withdrawal)
            return withdrawals
        }
    }

    /// Closes a question that needs no answer; one that was answered meanwhile stays so, and is told in the next prompt.
    private func withdraw(_ number: Int) async throws {
        state.withLock { _ = $0.numbers.remove(number) }
        let answer = TaskQuestion.Answer("", from: .withdrawn, at: parts.surroundings.wallClock.now())
        guard try await parts.journal.answer(number, of: task, answer) else { return }
        parts.observer.observe(.notice(.permissionWithdrawn(number)))
    }

    private func park(_ wish: Wish, _ line: AgentLine) {
        _ = line.tell(.permission(id: wish.id, .park))
        line.endSoon()
    }

    /// How waiting for an answer ends.
    private enum WaitEnd: Sendable {
        case answered(TaskQuestion.Answer)
        case withdrawn
        /// The patience is at its end.
        case unanswered

        init(_ answer: TaskQuestion.Answer?) { self = answer.map(WaitEnd.answered) ?? .unanswered }
    }

    private func answer(to number: Int, _ withdrawals: AsyncStream<Void>) async throws -> WaitEnd {
        let changes = try parts.supervisor.changes(of: parts.directory.messageBell)
        return try await withThrowingTaskGroup(of: WaitEnd.self) { group in
            group.addTask {
                if let answer = try await self.look(for: number) { return .answered(answer) }
                for await _ in changes {
                    if let answer = try await self.look(for: number) { return .answered(answer) }
                }
                throw CancellationError()
            }
            group.addTask {
                for await _ in withdrawals { return .withdrawn }
                throw CancellationError()
            }
            group.addTask {
                guard await Stopwatch(self.parts.surroundings.clock).sleep(until: self.patience) else {
                    throw CancellationError()
                }
                return WaitEnd(try await self.look(for: number))
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .unanswered
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
