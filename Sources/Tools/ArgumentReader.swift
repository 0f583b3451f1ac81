import Domain

/// Reads arguments as strictly as a model can be expected to keep to.
struct ArgumentReader {
    /// Of one text; what is longer is cut.
    static let longestText = 64 << 10
    static let mostTexts = 20

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

    private static func cleaned(_ text: String) -> String? {
        let cut = String(decoding: text.utf8.filter { $0 != 0 }.prefix(longestText), as: UTF8.self)
        return cut.allSatisfy(\.isWhitespace) ? nil : cut
    }
}
