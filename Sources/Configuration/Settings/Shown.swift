import Domain

/// Values as they are shown to people: on one line, short, control characters escaped.
enum Shown {
    private static let longest = 80

    static func value(_ value: JSONValue) -> String {
        cut(JSONWriter.write(value))
    }

    static func text(_ text: String) -> String {
        value(.string(text))
    }

    private static func cut(_ text: String) -> String {
        text.count > longest ? text.prefix(longest) + "…" : text
    }
}
