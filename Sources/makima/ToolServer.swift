import Commands
import Domain
import Glibc
import Processes
import Tools

/// Carries out ``ToolSession`` on standard input and output, until the agent's program closes them.
struct ToolServer {
    let service: ToolService
    /// What is kept out of the file: it outlives the agent.
    let secrets: Secrets

    /// Reads lines and answers each before the next is read.
    ///
    /// A call is answered when it is in the file; one that makima answers, when makima has.
    func run() throws {
        let session = ToolSession(
            asksPeople: service.asksPeople,
            leads: service.replies != nil,
            version: service.version
        )
        let file = try CallFile(service.file, token: service.token, secrets)
        let mail = service.replies.map { LeaderPost(calls: file, replies: $0) }
        var lines = LineBuffer(limit: Self.lineLimit)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for line in lines.append(buffer[..<count]) {
                let step = session.take(line)
                if let record = step.record { try file.append(record) }
                if let reply = step.reply { say(reply) }
                guard let question = step.question, let mail else { continue }
                guard let reply = try mail.ask(question.tool, question.arguments, isGone: Self.isInputGone) else {
                    return
                }
                say(session.answer(to: question, reply))
            }
        }
    }

    /// Makes one call.
    func call(_ wish: ToolCallWish) throws -> ToolCallAnswer {
        guard let tool = SupervisorTool(rawValue: wish.tool) else {
            let known = SupervisorTool.allCases.map(\.rawValue).joined(separator: ", ")
            return ToolCallAnswer(text: "There is no tool '\(wish.tool)'. Known are: \(known).", isError: true)
        }
        let arguments: JSONValue
        do {
            arguments = try JSONParser.parse(wish.arguments)
            _ = try tool.call(arguments)
        } catch let refusal as AgentTool.Refusal {
            return ToolCallAnswer(text: refusal.message, isError: true)
        } catch { return ToolCallAnswer(text: "The arguments are no JSON object: \(error)", isError: true) }
        let file = try CallFile(service.file, token: service.token, secrets)
        let post = LeaderPost(calls: file, replies: service.replies ?? "")
        guard let reply = try post.ask(tool, arguments, isGone: { false }) else {
            return ToolCallAnswer(text: "makima did not answer.", isError: true)
        }
        return ToolCallAnswer(text: reply.text, isError: reply.isError)
    }

    private func say(_ line: String) { FileSink.standardOutput.write(Array((line + "\n").utf8)) }

    /// Whether nobody waits for an answer any more.
    private static func isInputGone() -> Bool {
        var wish = pollfd(fd: 0, events: 0, revents: 0)
        return poll(&wish, 1, 0) > 0 && wish.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    private static let lineLimit = 8 << 20
}

/// The file that calls are appended to.
final class CallFile {
    private let path: String
    private let token: String
    private let redactor: Redactor
    private let descriptor: Int32

    init(_ path: String, token: String, _ secrets: Secrets) throws {
        self.path = path
        self.token = token
        redactor = try Redactor(secrets)
        descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw ToolServerError(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    func append(_ record: JSONValue) throws {
        let line = try redactor.redact(ToolReport.line(record, token: token))
        guard write(descriptor, line, line.count) == line.count else { throw ToolServerError(path: path, code: errno) }
    }
}

/// The file for an agent's calls cannot be written.
struct ToolServerError: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String { "Cannot write to '\(path)': \(String(cString: strerror(code)))." }
}
