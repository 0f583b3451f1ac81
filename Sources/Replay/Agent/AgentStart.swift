import Domain
import FoundationEssentials

/// What the scripted agent was given at one start.
struct AgentStart: Sendable {
    var arguments: [String]
    /// Names only.
    var environment: Set<String>
    var prompt: String
    /// What the agent found wrong with it.
    var problems: [String]

    /// The conversation that it was told to go on with.
    var session: String? {
        guard let flag = arguments.firstIndex(of: "--resume"), flag + 1 < arguments.count else { return nil }
        return arguments[flag + 1]
    }
}

extension FakeAgent {
    /// Every start, in order.
    func starts() -> [AgentStart] {
        var starts: [AgentStart] = []
        while FileManager.default.fileExists(atPath: "\(record)/\(starts.count + 1)") {
            let directory = "\(record)/\(starts.count + 1)"
            starts.append(
                AgentStart(
                    arguments: lines("\(directory)/arguments"),
                    environment: Set(lines("\(directory)/environment")),
                    prompt: said(text("\(directory)/prompt")),
                    problems: lines("\(directory)/problems")
                )
            )
        }
        return starts
    }

    /// Whether some turn has reached the place where it hangs.
    var isHanging: Bool {
        let number = text("\(record)/count").filter(\.isNumber)
        return FileManager.default.fileExists(atPath: "\(record)/\(number)/hanging")
    }

    /// The prompt as text, also where it was given as a message.
    private func said(_ text: String) -> String {
        guard text.hasPrefix(#"{"type":"user""#) else { return text }
        // One that is no JSON is shown as it is: a comparison with it fails.
        return (try? JSONParser.parse(Array(text.utf8)))?["message"]?["content"]?.string ?? text
    }

    private func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func lines(_ path: String) -> [String] {
        text(path).split(separator: "\n").map(String.init)
    }
}
