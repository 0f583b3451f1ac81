import Daemon
import Domain
import Synchronization
import Testing
import Wire

/// A server that keeps in memory what it hears, and complains about everything that breaks the protocol.
final class FakeServer: DaemonTransport {
    /// What the server has learned of the daemon.
    struct Heard: Sendable {
        var hellos: [Hello] = []
        var heartbeats = 0
        /// As the last heartbeat has it.
        var capacity: WireCapacity?
        var acks: [String] = []
        var answers: [CommandAnswer] = []
        /// What came from the outbox, each number once, in order.
        var entries: [ToServer] = []
        var violations: [String] = []
        var lastTaken = 0
        var frames = 0
        var sequences: [String: Int] = [:]
        var offsets: [String: Int] = [:]
        var output: [String: String] = [:]
        var ended: Set<String> = []
        var parts: [String: [UInt8]] = [:]
    }

    /// What a test wants of the server.
    struct Script: Sendable {
        /// Commands, sent until there is an answer.
        var commands: [ToDaemon] = []
        /// The attempts that are not the daemon's any more.
        var fenced: Set<String> = []
        var heartbeat = Duration.seconds(2)
        var lease = Duration.seconds(30)
        var grace = Duration.seconds(300)
        /// What it says of that in its welcome.
        var drains = false
        var isDown = false
        var isSilent = false
        /// After so many frames the connection is cut: the last one is lost, or it is taken and its acknowledgement is lost.
        var cut: (after: Int, losesAck: Bool)?
        var refusal: Refused?
    }

    private struct State {
        var heard = Heard()
        var script = Script()
        var session = 0
        var link: AsyncStream<[UInt8]>.Continuation?
        var isWelcome = false
        var sent: Set<String> = []
        var waiters: [(condition: @Sendable (Heard) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var heard: Heard { state.withLock(\.heard) }

    /// Changes what the server does; commands that are new are sent at once.
    func plan(_ change: (inout Script) -> Void) {
        state.withLock { state in
            change(&state.script)
            Self.sendCommands(&state)
            if state.script.isDown { Self.cut(&state) }
        }
    }

    func send(_ commands: ToDaemon...) { plan { $0.commands += commands } }

    /// As a server that has lost what it was answered.
    func forgetAnswers() { state.withLock { $0.heard.answers = [] } }

    /// Cuts the connection there is.
    func cut() { state.withLock { Self.cut(&$0) } }

    /// Waits until what was heard is as wanted; tells what was heard where that takes too long.
    func until(_ condition: @escaping @Sendable (Heard) -> Bool) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: condition) }
            group.addTask {
                guard (try? await Task.sleep(for: .seconds(300))) != nil else { return }
                self.giveUp()
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func giveUp() {
        let (heard, waiters) = state.withLock { state in
            defer { state.waiters = [] }
            return (state.heard, state.waiters)
        }
        let answers = heard.answers.map { "\($0.id) \($0.code ?? "") \($0.message ?? "")" }
        Issue.record(
            """
            Nothing came any more. Answers: \(answers), statuses: \(heard.statuses), iterations: \(heard.iterations.count), \
            completions: \(heard.completions.map(\.reason.message)), hellos: \(heard.hellos.count), \
            entries: \(heard.entries.count), output: \(heard.output.mapValues { $0.prefix(200) }), \(heard.violations)
            """
        )
        for waiter in waiters { waiter.continuation.resume() }
    }

    private func wait(for condition: @escaping @Sendable (Heard) -> Bool) async {
        await withCheckedContinuation { continuation in
            let holds = state.withLock { state in
                if condition(state.heard) { return true }
                state.waiters.append((condition, continuation))
                return false
            }
            if holds { continuation.resume() }
        }
    }

    // MARK: - Transport

    struct Down: Error {}

    func connect(_ body: @Sendable (any DaemonConnection) async throws -> Void) async throws {
        let (frames, link) = AsyncStream.makeStream(of: [UInt8].self)
        let session: Int? = state.withLock { state in
            guard !state.script.isDown else { return nil }
            Self.cut(&state)
            state.session += 1
            state.link = link
            state.isWelcome = false
            state.sent = []
            return state.session
        }
        guard let session else { throw Down() }
        try await body(Connection(server: self, session: session, frames: frames))
        state.withLock { state in
            if state.session == session { Self.cut(&state) }
        }
    }

    private struct Connection: DaemonConnection {
        let server: FakeServer
        let session: Int
        let frames: AsyncStream<[UInt8]>

        func receive(_ handle: @Sendable ([UInt8]) async -> Void) async throws {
            for await frame in frames { await handle(frame) }
        }

        func send(_ frames: [[UInt8]]) async throws {
            for frame in frames { try server.take(frame, in: session) }
        }
    }

    private static func cut(_ state: inout State) {
        state.link?.finish()
        state.link = nil
    }

    private func take(_ frame: [UInt8], in session: Int) throws {
        let due = try state.withLock { state in
            guard session == state.session, state.link != nil else { throw Down() }
            state.heard.frames += 1
            if let cut = state.script.cut, state.heard.frames == cut.after {
                if cut.losesAck { Self.take(frame, &state, isMute: true) }
                Self.cut(&state)
            } else {
                Self.take(frame, &state, isMute: state.script.isSilent)
            }
            let due = state.waiters.filter { $0.condition(state.heard) }.map(\.continuation)
            let heard = state.heard
            state.waiters.removeAll { $0.condition(heard) }
            return due
        }
        for continuation in due { continuation.resume() }
    }

    // MARK: - What it does

    private static func take(_ frame: [UInt8], _ state: inout State, isMute: Bool) {
        do throws(WireError) {
            let message: ToServer = try Frame.decode(frame)
            handle(message, &state, isMute)
        } catch {
            state.heard.violations.append("A frame cannot be read: \(error)")
        }
    }

    private static func say(_ message: some WireMessage, _ state: inout State, _ isMute: Bool = false) {
        guard !isMute else { return }
        do throws(WireError) {
            state.link?.yield(try Frame.encode(message))
        } catch {
            state.heard.violations.append("The server's own message cannot be sent: \(error)")
        }
    }

    private static func handle(_ message: ToServer, _ state: inout State, _ isMute: Bool) {
        if case .hello(let hello) = message { return greet(hello, &state, isMute) }
        guard state.isWelcome || isMute else {
            state.heard.violations.append("Something came before the welcome.")
            return
        }
        switch message {
        case .heartbeat(let beat):
            state.heard.heartbeats += 1
            state.heard.capacity = beat.capacity
            say(OutboxAck(upTo: state.heard.lastTaken, beat: beat.beat), &state, isMute)
        case .ack(let ack): state.heard.acks.append(ack.id)
        case .commandAnswer(let answer): state.heard.answers.append(answer)
        case .notUnderstood(let what): state.heard.violations.append("Not understood: \(what.of)")
        case .unknown(let reference): state.heard.violations.append("Unknown: \(reference)")
        case .hello: break
        default: takeEntry(message, &state, isMute)
        }
    }

    private static func greet(_ hello: Hello, _ state: inout State, _ isMute: Bool) {
        state.heard.hellos.append(hello)
        guard !isMute else { return }
        if let refusal = state.script.refusal {
            say(refusal, &state)
            return cut(&state)
        }
        var welcome = Welcome()
        welcome.serverId = "fake"
        welcome.makimaVersion = "1"
        welcome.session = state.session
        welcome.lastNumber = state.heard.lastTaken
        welcome.heartbeatMilliseconds = state.script.heartbeat
        welcome.leaseMilliseconds = state.script.lease
        welcome.graceMilliseconds = state.script.grace
        welcome.draining = state.script.drains
        welcome.attempts = hello.tasks.map { held in
            var ruling = WireAttemptRuling()
            (ruling.taskId, ruling.attempt) = (held.taskId, held.attempt)
            ruling.ruling = state.script.fenced.contains("\(held.taskId)/\(held.attempt)") ? .fenced : .goOn
            return ruling
        }
        state.isWelcome = true
        say(welcome, &state)
        sendCommands(&state)
    }

    private static func sendCommands(_ state: inout State) {
        guard state.isWelcome, state.link != nil else { return }
        let answered = Set(state.heard.answers.map(\.id))
        for command in state.script.commands {
            guard let id = command.commandID, !answered.contains(id), state.sent.insert(id).inserted,
                let content = command.content
            else { continue }
            say(content, &state)
        }
    }

    private static func takeEntry(_ message: ToServer, _ state: inout State, _ isMute: Bool) {
        guard let stamp = message.stamp else {
            state.heard.violations.append("A message without a number: \(message)")
            return
        }
        if stamp.number > state.heard.lastTaken {
            if stamp.number != state.heard.lastTaken + 1 {
                state.heard.violations.append("Number \(stamp.number) after \(state.heard.lastTaken).")
            }
            state.heard.lastTaken = stamp.number
            state.heard.note(message, stamp)
        }
        say(OutboxAck(upTo: state.heard.lastTaken), &state, isMute)
    }
}

extension FakeServer.Heard {
    fileprivate mutating func note(_ message: ToServer, _ stamp: Stamp) {
        let key = "\(stamp.taskId)/\(stamp.attempt)"
        if stamp.sequence != (sequences[key] ?? 0) + 1 {
            violations.append("Sequence \(stamp.sequence) of \(key) after \(sequences[key] ?? 0).")
        }
        sequences[key] = stamp.sequence
        if ended.contains(key) { violations.append("A message after the end of \(key).") }
        entries.append(message)
        switch message {
        case .taskComplete: ended.insert(key)
        case .taskOutput(let output): note(output)
        case .checkpointPart(let report):
            let before = parts[report.part.sha256] ?? []
            if before.count == report.part.offset { parts[report.part.sha256] = before + report.part.data }
        case .iterationEnded(let report): note(report)
        default: break
        }
    }

    private mutating func note(_ output: TaskOutput) {
        let stream = "\(output.iteration)/\(output.tryNumber)/\(output.stream.rawValue)/\(output.check ?? "")"
        let key = "\(output.stamp.taskId)/\(stream)"
        if output.offset != offsets[key] ?? 0 {
            violations.append("Output of \(stream) at \(output.offset) after \(offsets[key] ?? 0).")
        }
        offsets[key] = output.offset + output.byteCount
        self.output[key, default: ""] += output.text
    }

    private mutating func note(_ report: IterationEnded) {
        let name = "\(report.stamp.taskId)/\(report.iteration)/\(report.tryNumber)"
        if !ended.insert("iteration \(name)").inserted { violations.append("Iteration \(name) ended twice.") }
        for (stream, bytes) in [("stdout", report.stdoutBytes), ("stderr", report.stderrBytes)] {
            let known = offsets["\(name)/\(stream)/"] ?? 0
            if let bytes, bytes != known { violations.append("\(known) of \(bytes) bytes of \(stream) of \(name).") }
        }
    }

    var completions: [TaskComplete] {
        entries.compactMap { if case .taskComplete(let complete) = $0 { complete } else { nil } }
    }

    var iterations: [IterationEnded] {
        entries.compactMap { if case .iterationEnded(let report) = $0 { report } else { nil } }
    }

    var checkpoints: [CheckpointReport] {
        entries.compactMap { if case .checkpoint(let report) = $0 { report } else { nil } }
    }

    var statuses: [TaskStatus] {
        entries.compactMap { if case .statusChange(let change) = $0 { change.status } else { nil } }
    }

    func answer(to id: String) -> CommandAnswer? { answers.last { $0.id == id } }
}
