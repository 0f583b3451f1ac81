import Agents
package import Domain
import Glibc
import LoopCore
import Processes
import Tools

/// Carries out what the agent of a supervisor calls for.
package protocol LeaderLine: Sendable {
    /// Returns what is to be answered, also where the call is refused; throws where nobody could be asked, so that it is asked
    /// again. The same call, by its id, has one effect however often it is made.
    func answer(_ call: LeaderCall, of task: TaskID) async throws -> LeaderAnswer
}

/// A call of a supervisor's agent.
package struct LeaderCall: Hashable, Sendable {
    /// Of no two calls of a task.
    package var id: String
    package var tool: String
    package var arguments: JSONValue
}

/// What a call is answered.
package struct LeaderAnswer: Hashable, Sendable {
    package var text: String
    package var isError: Bool
    package var changed: Bool
    package var parks: Bool

    package init(_ text: String, isError: Bool = false, changed: Bool = false, parks: Bool = false) {
        self.text = text
        self.isError = isError
        self.changed = changed
        self.parks = parks
    }
}

/// Passes on what an agent calls for in one try of one iteration, and writes down what it is answered.
///
/// Calls and answers are in files of the try, so that a call is answered also by the makima that comes after one that died over
/// it, and none is made twice.
struct LeaderDesk: Sendable {
    let task: TaskID
    /// On the host; the agent appends to it, and may write there what it likes.
    let calls: String
    /// On the host; only makima writes there.
    let replies: String
    let token: String
    let line: (any LeaderLine)?
    let supervisor: Supervisor
    let surroundings: Surroundings

    /// How long is waited before a call is made again that nobody could be asked for.
    private static let pause = Duration.seconds(1)
    /// Of the calls of one try, in bytes.
    private static let most = 64 << 20

    /// Makes the file of the answers; what is there already stays.
    func open() throws(StateDirectoryError) { try append([]) }

    /// Answers calls until it is cancelled; `tell` hears why some are not answered for now.
    ///
    /// The agent waits for its answers: what goes wrong is tried again.
    func serve(tell: @Sendable (String) -> Void) async {
        var book = LeaderBook(calls: calls, replies: replies, token: token, limit: Self.most)
        while !Task.isCancelled {
            do {
                let changes = try supervisor.changes(of: calls)
                try await answerAll(of: &book)
                for await _ in changes { try await answerAll(of: &book) }
            } catch is CancellationError {
                return
            } catch {
                tell("\(error)")
                guard await Stopwatch(surroundings.clock).sleep(until: Self.pause) else { return }
            }
        }
    }

    private func answerAll(of book: inout LeaderBook) async throws {
        book.readOn()
        while let due = book.due.first {
            let answer = due.isTooMuch ? Self.tooMuch : try await answer(to: due.request)
            let reply = LeaderReply(
                call: due.request.call,
                text: answer.text,
                isError: answer.isError,
                changed: answer.changed,
                parks: answer.parks
            )
            try append(reply.line)
            book.noteAnswer()
            if book.due.isEmpty { book.readOn() }
        }
    }

    private static let tooMuch = LeaderAnswer(
        "You have called for more than is carried out in one turn: end it now.",
        isError: true
    )

    private func answer(to request: LeaderRequest) async throws -> LeaderAnswer {
        guard let line else { return LeaderAnswer("There is no server that could do that.", isError: true) }
        let call = LeaderCall(id: request.call, tool: request.tool, arguments: request.arguments)
        while true {
            do {
                return try await line.answer(call, of: task)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try await surroundings.clock.sleep(for: Self.pause)
            }
        }
    }

    /// What the agent has called for, to be asked when it has ended.
    var summary: LeaderCalls {
        var (effects, parks) = (0, false)
        LeaderBook.forEach(in: replies) { reply in
            effects += reply.changed ? 1 : 0
            parks = parks || reply.parks
        }
        return LeaderCalls(effects: effects, parks: parks)
    }

    private func append(_ bytes: [UInt8]) throws(StateDirectoryError) {
        let file = Glibc.open(replies, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StateDirectoryError(path: replies, code: errno) }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StateDirectoryError(path: replies, code: errno) }
            done += count
        }
    }
}
