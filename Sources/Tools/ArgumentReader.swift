import Domain

/// Reads arguments as strictly as a model can be expected to keep to.
struct ArgumentReader {
    /// Of one text; what is longer is cut.
    static let longestText = 64 << 10
    static let mostTexts = 20
    /// In bytes, as long as the name of any task can be.
    static let longestName = 256

    private let arguments: JSONValue?

    init(_ arguments: JSONValue?) {
        self.arguments = arguments
    }

    /// Refuses what the tool does not take: it would be left out without a word.
    func allow(only known: [String]) throws(AgentTool.Refusal) {
        guard case .object(let members)? = arguments else { return }
        for member in members where !known.contains(member.key) {
            let name = member.key.firstLine(upTo: 80)
            throw AgentTool.Refusal(
                message: "'\(name)' is nothing that can be given here; known are: \(known.joined(separator: ", "))."
            )
        }
    }

    /// `nil` where there is none.
    func number(_ key: String, from lowest: Int = 1) throws(AgentTool.Refusal) -> Int? {
        switch arguments?[key] {
        case nil, .null: return nil
        case .integer(let value) where value >= lowest && value <= 1_000_000_000: return Int(value)
        default: throw AgentTool.Refusal(message: "'\(key)' must be a whole number from \(lowest) on.")
        }
    }

    func amount(_ key: String) throws(AgentTool.Refusal) -> USD? {
        let dollars: Double? =
            switch arguments?[key] {
            case nil, .null: nil
            case .integer(let value): Double(value)
            case .number(let value): value
            default: -1
            }
        guard let dollars else { return nil }
        guard let amount = USD(dollars: dollars) else {
            throw AgentTool.Refusal(message: "'\(key)' must be an amount of dollars.")
        }
        return amount
    }

    func needed(_ key: String) throws(AgentTool.Refusal) -> String {
        guard let text = try text(key) else {
            throw AgentTool.Refusal(message: "'\(key)' must be a text that is not empty.")
        }
        return text
    }

    func isTrue(_ key: String) throws(AgentTool.Refusal) -> Bool {
        switch arguments?[key] {
        case nil, .null: false
        default: try truth(key)
        }
    }

    /// Models write truth values as texts now and then; anything else would be a guess.
    func truth(_ key: String) throws(AgentTool.Refusal) -> Bool {
        switch arguments?[key] {
        case .bool(let value): return value
        case .string("true"): return true
        case .string("false"): return false
        default: throw AgentTool.Refusal(message: "'\(key)' must be true or false.")
        }
    }

    /// `nil` where the text is missing or blank.
    func text(_ key: String) throws(AgentTool.Refusal) -> String? {
        switch arguments?[key] {
        case nil, .null: return nil
        case .string(let text): return Self.cleaned(text)
        default: throw AgentTool.Refusal(message: "'\(key)' must be a text.")
        }
    }

    func texts(_ key: String) throws(AgentTool.Refusal) -> [String] {
        switch arguments?[key] {
        case nil, .null: return []
        case .string(let text): return Self.cleaned(text).map { [$0] } ?? []
        case .array(let elements):
            let texts = elements.compactMap(\.string)
            guard texts.count == elements.count else {
                throw AgentTool.Refusal(message: "'\(key)' must be a list of texts.")
            }
            return texts.prefix(Self.mostTexts).compactMap(Self.cleaned)
        default: throw AgentTool.Refusal(message: "'\(key)' must be a list of texts.")
        }
    }

    /// Of a task, a branch or an agent: they are told again in refusals, and are short; `nil` where there is none.
    func name(_ key: String, upTo limit: Int = longestName) throws(AgentTool.Refusal) -> String? {
        try text(key).map { text throws(AgentTool.Refusal) in try Self.checked(text, key, limit) }
    }

    func neededName(_ key: String, upTo limit: Int = longestName) throws(AgentTool.Refusal) -> String {
        try Self.checked(try needed(key), key, limit)
    }

    func names(_ key: String) throws(AgentTool.Refusal) -> [String] {
        let names = try texts(key)
        for name in names { _ = try Self.checked(name, key, Self.longestName) }
        return names
    }

    private static func checked(_ name: String, _ key: String, _ limit: Int) throws(AgentTool.Refusal) -> String {
        guard name.utf8.count <= limit, !name.contains(where: \.isNewline) else {
            throw AgentTool.Refusal(message: "'\(key)' must be one line of \(limit) bytes at most.")
        }
        return name
    }

    /// Patterns of paths, of which none is passed over.
    ///
    /// Without one the others would say something else, and none at all would
    /// confine nothing.
    func patterns(_ key: String) throws(AgentTool.Refusal) -> [String] {
        let given: [JSONValue]
        switch arguments?[key] {
        case nil, .null: given = []
        case .array(let elements): given = elements
        case let one?: given = [one]
        }
        let patterns = given.compactMap(\.string)
        guard patterns.count == given.count, patterns.count <= Self.mostTexts else {
            throw AgentTool.Refusal(message: "'\(key)' must be a list of \(Self.mostTexts) texts at most.")
        }
        for pattern in patterns {
            guard let problem = TouchPattern.problem(with: pattern) else { continue }
            throw AgentTool.Refusal(message: "A pattern of '\(key)' \(problem): '\(pattern.firstLine(upTo: 80))'.")
        }
        if let problem = TouchPattern.problem(withAll: patterns) {
            throw AgentTool.Refusal(message: "The patterns of '\(key)' \(problem).")
        }
        return patterns
    }

    private static func cleaned(_ text: String) -> String? {
        let cut = String(decoding: text.utf8.filter { $0 != 0 }.prefix(longestText), as: UTF8.self)
        return cut.allSatisfy(\.isWhitespace) ? nil : cut
    }
}
