import Domain

/// Reads the texts of variables, which have no types of their own.
enum VariableText {
    static func number(_ text: String) -> JSONValue? {
        guard text.utf8.allSatisfy({ StrictValue.isDigit($0) || $0 == UInt8(ascii: ".") }) else { return nil }
        return Double(text).map(JSONValue.number)
    }

    static func flag(_ text: String) -> JSONValue? {
        switch text {
        case "true", "1": .bool(true)
        case "false", "0": .bool(false)
        default: nil
        }
    }

    /// A JSON array, or texts between commas.
    static func list(_ text: String) -> JSONValue {
        if text.first == "[" { return json(text, beginning: "[") ?? .string(text) }
        return .array(
            text.split(separator: ",", omittingEmptySubsequences: false).map { .string(Trimmed.text($0)) }
        )
    }

    /// `nil` when `text` does not begin so; what begins so and is no JSON is no value of any setting.
    static func json(_ text: String, beginning first: Character) -> JSONValue? {
        guard text.first == first else { return nil }
        do {
            return try JSONParser.parse(text)
        } catch {
            // The reader of the setting says what it wants instead.
            return .null
        }
    }
}

/// Blanks at the ends of a text.
enum Trimmed {
    static func text(_ text: some StringProtocol) -> String {
        let head = text.drop(while: \.isWhitespace)
        return String(head.reversed().drop(while: \.isWhitespace).reversed())
    }
}
