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
    /// A call is answered when it is in the file.
    func run() throws {
        let redactor = try Redactor(secrets)
        let session = ToolSession(asksPeople: service.asksPeople, version: service.version)
        let calls = open(service.file, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard calls >= 0 else { throw ToolServerError(path: service.file, code: errno) }
        defer { close(calls) }
        var lines = LineBuffer(limit: Self.lineLimit)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for line in lines.append(buffer[..<count]) { try answer(session.take(line), calls, redactor) }
        }
    }

    private func answer(_ step: ToolSession.Step, _ calls: Int32, _ redactor: Redactor) throws {
        if let record = step.record {
            let line = try redactor.redact(ToolReport.line(record, token: service.token))
            guard write(calls, line, line.count) == line.count else {
                throw ToolServerError(path: service.file, code: errno)
            }
        }
        if let reply = step.reply { FileSink.standardOutput.write(Array((reply + "\n").utf8)) }
    }

    private static let lineLimit = 8 << 20
}

/// The file for an agent's calls cannot be written.
struct ToolServerError: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String { "Cannot write to '\(path)': \(String(cString: strerror(code)))." }
}
