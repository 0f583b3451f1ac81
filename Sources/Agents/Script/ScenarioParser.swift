import Domain

/// Reads scenarios strictly: a member that is not known is a mistake, not a remark.
struct ScenarioParser {
    let path: String

    func iterations(in bytes: [UInt8]) throws(AgentError) -> [Scenario.Iteration] {
        let found = try values(in: bytes)
        guard !found.isEmpty else { throw problem("it has no iterations") }
        var iterations: [Scenario.Iteration] = []
        for (index, value) in found.enumerated() { iterations.append(try iteration(value, number: index + 1)) }
        return iterations
    }

    /// One value for each iteration.
    private func values(in bytes: [UInt8]) throws(AgentError) -> [JSONValue] {
        // What is no single JSON value has one on each line, or else a line says what is wrong.
        guard let whole = try? JSONParser.parse(bytes) else { return try lines(of: bytes) }
        guard let iterations = whole["iterations"] else { return whole.array ?? [whole] }
        try refuseUnknown(in: whole, known: ["title", "iterations"])
        guard let values = iterations.array else { throw problem("'iterations' is no list") }
        return values
    }

    private func lines(of bytes: [UInt8]) throws(AgentError) -> [JSONValue] {
        var values: [JSONValue] = []
        for (index, line) in bytes.split(separator: 0x0A).enumerated() where !line.allSatisfy({ $0 <= 0x20 }) {
            do {
                values.append(try JSONParser.parse(Array(line)))
            } catch {
                throw problem("line \(index + 1) is no JSON: \(error)")
            }
        }
        return values
    }

    private func iteration(_ value: JSONValue, number: Int) throws(AgentError) -> Scenario.Iteration {
        try refuseUnknown(in: value, known: ["steps", "gate", "exit"])
        var steps: [Scenario.Step] = []
        for step in value["steps"]?.array ?? [] {
            guard let known = self.step(step) else {
                throw problem("iteration \(number) has a step that is none: \(JSONWriter.write(step).prefix(120))")
            }
            steps.append(known)
        }
        let exitCode = value["exit"]?.int ?? 0
        guard (0...255).contains(exitCode) else { throw problem("'exit' of iteration \(number) is not 0 to 255") }
        return Scenario.Iteration(
            steps: steps,
            gate: try value["gate"].map { gate throws(AgentError) in try self.gate(gate, number: number) },
            exitCode: Int32(exitCode)
        )
    }

    private func step(_ value: JSONValue) -> Scenario.Step? {
        guard let members = value.object else { return nil }
        switch members.keys.sorted() {
        case ["say"]: return value["say"]?.string.map { .say($0) }
        case ["warn"]: return value["warn"]?.string.map { .warn($0) }
        case ["run"]: return value["run"]?.string.map { .run($0) }
        case ["delete"]: return value["delete"]?.string.flatMap { Self.isInside($0) ? .delete(path: $0) : nil }
        case ["content", "write"]:
            guard let file = value["write"]?.string, let content = value["content"]?.string, Self.isInside(file) else {
                return nil
            }
            return .write(path: file, content: content)
        case ["sleep"]:
            guard let seconds = value["sleep"]?.double, (0...86_400).contains(seconds) else { return nil }
            return .sleep(.seconds(seconds))
        default: return nil
        }
    }

    private func gate(_ value: JSONValue, number: Int) throws(AgentError) -> CompletionGate {
        try refuseUnknown(in: value, known: ["ready", "reason", "progress", "blockers"])
        guard let ready = value["ready"]?.bool else { throw problem("the gate of iteration \(number) has no 'ready'") }
        return CompletionGate(
            ready: ready,
            reason: value["reason"]?.string,
            progress: value["progress"]?.string,
            blockers: value["blockers"]?.array?.compactMap(\.string) ?? []
        )
    }

    private func refuseUnknown(in value: JSONValue, known: Set<String>) throws(AgentError) {
        guard let members = value.object else {
            throw problem("an object is expected, not \(JSONWriter.write(value).prefix(80))")
        }
        if let unknown = members.keys.first(where: { !known.contains($0) }) {
            throw problem("'\(unknown)' is not known; known are \(known.sorted().joined(separator: ", "))")
        }
    }

    private func problem(_ text: String) -> AgentError {
        .scenarioInvalid(path: path, problem: text)
    }

    /// A scenario works in the workspace only.
    private static func isInside(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
    }
}
