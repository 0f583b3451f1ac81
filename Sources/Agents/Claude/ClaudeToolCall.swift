import Domain

/// What a tool call is about, in a few words.
enum ClaudeToolCall {
    /// The tool with which the model asks a person.
    ///
    /// Nobody answers in an unattended run.
    static let question = "AskUserQuestion"

    /// The arguments that tell what a call is about, the most telling one first.
    private static let tellingKeys = [
        "command", "file_path", "path", "pattern", "description", "query", "url", "prompt", "skill",
    ]

    /// What is read out of the input of a call.
    static let neededInput = JSONSelection(
        tellingKeys + ["question"],
        parts: ["questions": JSONSelection(["question"])]
    )

    /// The most telling argument: the command, the file, the pattern.
    static func summary(of input: JSONValue?, directory: String?) -> String {
        let value = tellingKeys.lazy.compactMap { input?[$0]?.string }.first ?? ""
        return relative(value, to: directory).firstLine(upTo: 120).withoutControls
    }

    /// The questions put to a person, from the input of ``question``.
    static func questions(in input: JSONValue?) -> String {
        let questions = input?["questions"]?.array?.compactMap { $0["question"]?.string } ?? []
        let text = questions.isEmpty ? input?["question"]?.string ?? "" : questions.joined(separator: " ")
        return String(text.withoutNUL.prefix(2000))
    }

    /// What was refused, for a person: `Bash: npm install`.
    static func denial(_ denial: JSONValue, directory: String?) -> String {
        let name = denial["tool_name"]?.string ?? "a tool"
        let summary = summary(of: denial["tool_input"], directory: directory)
        return summary.isEmpty ? name : "\(name): \(summary)"
    }

    private static func relative(_ path: String, to directory: String?) -> String {
        guard let directory, path.hasPrefix(directory + "/") else { return path }
        return String(path.dropFirst(directory.count + 1))
    }
}
