import Domain
package import Processes

/// Asks the API by the program `gh`, with its own login.
package struct ProgramTransport: ForgeTransport {
    private let host: String
    private let environment: [String: String]
    private let launcher: any CommandLauncher

    private static let patience = Duration.seconds(60)
    private static let mostBytes = 8 << 20

    /// `host` is the forge's, as `github.com`; `environment` is the user's own.
    package init(host: String, environment: [String: String], launcher: any CommandLauncher) {
        self.host = host
        self.environment = environment.merging(
            ["GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "GH_PAGER": "cat"]
        ) { $1 }
        self.launcher = launcher
    }

    package func send(_ request: ForgeRequest) async throws -> ForgeAnswer {
        let result: CommandResult
        do {
            result = try await launcher.run(command(request), timeout: Self.patience, outputCap: Self.mostBytes)
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch ProcessError.programNotFound {
            throw ForgeFailure.credentialsMissing(detail: "no token is set, and there is no program 'gh'")
        } catch {
            throw ForgeFailure.unavailable(message: "'gh' cannot be asked: \(error)")
        }
        // It ends with a failure where the forge refuses, but prints what that said.
        if let answer = HTTPText.answer(in: result.output) { return answer }
        let words = SecretMask.text(String(decoding: result.errorOutput, as: UTF8.self).lastLine(upTo: 300))
        if result.status == .code(4) {
            throw ForgeFailure.credentialsMissing(detail: "no token is set, and 'gh' is not logged in: \(words)")
        }
        throw ForgeFailure.unavailable(message: "'gh' told no answer\(words.isEmpty ? "" : ": \(words)")")
    }

    private func command(_ request: ForgeRequest) -> Command {
        var arguments = ["api", "--include", "--hostname", host, "--method", request.method.rawValue]
        for (name, value) in ForgeRequest.headers { arguments += ["--header", "\(name): \(value)"] }
        if let tag = request.knownTag { arguments += ["--header", "If-None-Match: \(tag)"] }
        if request.body != nil { arguments += ["--input", "-"] }
        return Command(
            "gh",
            arguments + [request.path],
            environment: environment,
            input: request.body.map { .bytes($0) } ?? .none
        )
    }
}

/// Reads an answer of HTTP as a program prints it: the head, a blank line, the body.
enum HTTPText {
    static func answer(in output: [UInt8]) -> ForgeAnswer? {
        guard output.starts(with: "HTTP/".utf8) else { return nil }
        var headers: [String: String] = [:]
        var status: Int?
        var start = output.startIndex
        while let end = output[start...].firstIndex(of: UInt8(ascii: "\n")) {
            var line = String(decoding: output[start..<end], as: UTF8.self)
            if line.hasSuffix("\r") { line.removeLast() }
            start = output.index(after: end)
            if line.isEmpty {
                return status.map { ForgeAnswer(status: $0, headers: headers, body: Array(output[start...])) }
            }
            if status == nil {
                let words = line.split(separator: " ")
                guard words.count > 1, let number = Int(words[1]) else { return nil }
                status = number
            } else if let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                headers[line[..<colon].lowercased()] = String(value)
            }
        }
        return nil
    }
}
