import Domain
import Runner
import Synchronization
import Wire

/// Runs `makima top`: brings the model what happens, carries out what follows, and draws.
///
/// Local tasks, the server, the selected task and its log are each read by a task of their own, so that none waits for
/// another; all of them every second, and at once when an order was given.
struct TopSession: Sendable {
    let environment: CommandEnvironment
    let service: any TaskService

    /// So many tasks are shown, and those at work.
    static let latest = 200
    private static let interval = Duration.seconds(1)
    /// After so long an escape is a key and no beginning of one.
    private static let patience = Duration.milliseconds(50)

    func run() async throws -> ExitStatus {
        // Taken over first: a signal that came in between would leave the terminal as it is then.
        let stops = environment.listenForStops()
        defer { stops.finish() }
        guard let terminal = environment.terminal.takeOver() else { throw CommandError.noScreen }
        let sink = environment.standardOutput
        sink.write(Array(TopPainter.enter.utf8))
        let board = TopBoard()
        return await withDiscardingTaskGroup { group in
            group.addTask { await forward(terminal.input, to: board) }
            group.addTask {
                for await _ in stops.stream { board.tell(.event(.ended)) }
            }
            group.addTask { await beat(board) }
            group.addTask { await watchThisMachine(board) }
            group.addTask { await watchServer(board) }
            group.addTask { await watchDetail(board) }
            group.addTask { await watchLog(board) }
            let end = await show(board, &group)
            // Before waiting for whoever still reads.
            sink.write(Array(TopPainter.leave.utf8))
            terminal.giveBack()
            await settle(end.outstanding, board)
            group.cancelAll()
            return end.status
        }
    }

    // MARK: - What is shown

    /// How the looking on ended.
    private struct End {
        var status: ExitStatus
        /// Orders that were given, and of which nothing was heard yet.
        var outstanding = 0
    }

    private func show(_ board: TopBoard, _ group: inout DiscardingTaskGroup) async -> End {
        let printer = environment.answers
        var model = TopModel(size: size, now: environment.wallClock.now())
        var painter = TopPainter()
        var keys = TopKeys()
        var (pieces, outstanding) = (0, 0)
        for await message in board.messages {
            var events: [TopEvent] = []
            switch message {
            case .event(let event): events = [event]
            case .resized: break
            case .silence(let last): if last == pieces { events = keys.finish().map { .key($0) } }
            case .bytes(let bytes):
                pieces += 1
                events = keys.consume(bytes).map { .key($0) }
                if keys.isPending { group.addTask { [pieces] in await tellOfSilence(after: pieces, board) } }
            }
            if case .event(.told) = message { outstanding -= 1 }
            // Asked each time: who draws for another size than there is spoils the screen.
            let size = size
            if size != model.size { events.append(.resized(size)) }
            for effect in events.flatMap({ model.handle($0) }) {
                switch effect {
                case .quit(let status): return End(status: status, outstanding: outstanding)
                case .look(let focus): board.look(at: focus)
                case .repaint: painter.forget()
                case .give(let order, let row):
                    outstanding += 1
                    group.addTask { await give(order, to: row, board) }
                }
            }
            printer.write(painter.frame(TopScreen(model).frame, size: model.size, colour: printer.usesColour))
        }
        return End(status: .interrupted)
    }

    private func give(_ order: TopOrder, to row: ListRow, _ board: TopBoard) async {
        board.tell(.event(.told(await TopOrders(environment, service).give(order, to: row))))
        board.beat()
    }

    /// Lets orders come through that were given just before the end; not for ever, and not when asked to end again.
    private func settle(_ orders: Int, _ board: TopBoard) async {
        var (left, beats) = (orders, 0)
        guard left > 0 else { return }
        for await message in board.messages {
            switch message {
            case .event(.told): left -= 1
            case .event(.tick): beats += 1
            case .event(.ended): return
            case .event, .bytes, .resized, .silence: break
            }
            if left <= 0 || beats > Self.mostBeats { return }
        }
    }

    /// So many seconds an order may take when everything else is over.
    private static let mostBeats = 10

    private var size: TerminalSize {
        environment.standardOutput.terminalSize() ?? TerminalSize(columns: 80, rows: 24)
    }

    private func forward(_ input: AsyncStream<TerminalInput>, to board: TopBoard) async {
        for await part in input {
            switch part {
            case .bytes(let bytes): board.tell(.bytes(bytes))
            case .resized: board.tell(.resized)
            case .closed: board.tell(.event(.ended))
            }
        }
    }

    private func tellOfSilence(after pieces: Int, _ board: TopBoard) async {
        // The only error is the cancellation, after which nobody asks.
        try? await environment.clock.sleep(for: Self.patience)
        board.tell(.silence(after: pieces))
    }

    // MARK: - What is read

    private func beat(_ board: TopBoard) async {
        while !Task.isCancelled {
            board.tell(.event(.tick(environment.wallClock.now())))
            board.beat()
            // The only error is the cancellation, which ends the loop.
            try? await environment.clock.sleep(for: Self.interval)
        }
    }

    private func watchThisMachine(_ board: TopBoard) async {
        for await _ in board.beats(.local) {
            do {
                board.tell(.event(.local(try await service.list(latest: Self.latest))))
            } catch is CancellationError {
                return
            } catch {
                board.tell(.event(.localUnreadable("\(error)")))
            }
        }
    }

    private func watchServer(_ board: TopBoard) async {
        var (beats, asleep) = (0, 0)
        for await _ in board.beats(.server) {
            do {
                if let queue = try await environment.machine.openQueue() {
                    let tasks = try await queue.tasks(latest: Self.latest)
                    board.tell(.event(.server(.there(address: queue.address, tasks))))
                    beats = 0
                    continue
                }
                // Only the server changes what it has, and to ask in its place takes long.
                if beats % Self.sleepBeats == 0 { asleep = try await environment.machine.tasksOfSleepingServer() ?? 0 }
                beats += 1
                board.tell(.event(.server(asleep > 0 ? .asleep(tasks: asleep) : .none)))
            } catch is CancellationError {
                return
            } catch {
                board.tell(.event(.server(.away("\(error)"))))
            }
        }
    }

    /// So often it is asked what a server has that does not run.
    private static let sleepBeats = 30

    private func watchDetail(_ board: TopBoard) async {
        var reader = TopDetailReader(environment: environment, service: service)
        for await _ in board.beats(.detail) {
            guard let row = board.focus?.row, let detail = await reader.read(row) else { continue }
            board.tell(.event(.detail(detail)))
        }
    }

    private func watchLog(_ board: TopBoard) async {
        var reader: TopLogReader?
        for await _ in board.beats(.log) {
            guard let focus = board.focus, focus.wantsLog else {
                reader = nil
                continue
            }
            // Another attempt may be at another place.
            let isSame = reader?.row.id == focus.row.id && reader?.row.view?.attempt == focus.row.view?.attempt
            var current = isSame ? reader : nil
            if current == nil { current = TopLogReader(row: focus.row, environment: environment, service: service) }
            await current?
                .read { part in
                    board.tell(.event(.log(part)))
                    return board.focus.map { $0.wantsLog && $0.row.id == part.id } ?? false
                }
            reader = current
        }
    }
}

/// What the parts of a session tell each other.
final class TopBoard: Sendable {
    enum Message: Sendable {
        case event(TopEvent)
        case bytes([UInt8])
        case resized
        /// For a moment nothing has followed this piece of the input.
        case silence(after: Int)
    }

    /// Who is woken to read.
    enum Watcher: CaseIterable, Sendable {
        case local
        case server
        case detail
        case log
    }

    let messages: AsyncStream<Message>
    private let teller: AsyncStream<Message>.Continuation
    private let watchers: [Watcher: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)]
    private let looked = Mutex<TopFocus?>(nil)

    init() {
        (messages, teller) = AsyncStream.makeStream()
        let pairs = Watcher.allCases.map { watcher in
            // Who is behind is woken once.
            let made = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            return (watcher, (stream: made.stream, continuation: made.continuation))
        }
        watchers = Dictionary(uniqueKeysWithValues: pairs)
    }

    func tell(_ message: Message) { teller.yield(message) }

    /// Wakes everyone.
    func beat() {
        for watcher in watchers.values { watcher.continuation.yield() }
    }

    /// To be read once.
    func beats(_ watcher: Watcher) -> AsyncStream<Void> { watchers[watcher]?.stream ?? AsyncStream { $0.finish() } }

    /// The task that is looked at.
    var focus: TopFocus? { looked.withLock(\.self) }

    func look(at focus: TopFocus?) {
        looked.withLock { $0 = focus }
        watchers[.detail]?.continuation.yield()
        watchers[.log]?.continuation.yield()
    }
}
