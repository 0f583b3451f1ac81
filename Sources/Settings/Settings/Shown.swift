import Domain

/// Values as they are shown to people: on one line, short, control characters escaped, likely secrets hidden.
enum Shown {
    private static let longest = 80

    static func value(_ value: JSONValue) -> String {
        cut(JSONWriter.write(masked(value)))
    }

    private static func masked(_ value: JSONValue) -> JSONValue {
        if let text = value.string { return .string(SecretMask.text(text)) }
        guard let elements = value.array else { return value }
        let texts = elements.compactMap(\.string)
        return texts.count == elements.count ? .array(SecretMask.arguments(texts).map(JSONValue.string)) : value
    }

    static func text(_ text: String) -> String {
        value(.string(text))
    }

    /// A key that a file made up, without its quotes.
    static func key(_ key: String) -> String {
        cut(String(JSONWriter.write(.string(key)).dropFirst().dropLast()))
    }

    private static func cut(_ text: String) -> String {
        text.count > longest ? text.prefix(longest) + "…" : text
    }
}
