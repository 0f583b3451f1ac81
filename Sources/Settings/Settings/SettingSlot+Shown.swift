import Domain

extension SettingSlot {
    /// The value as a file would have it, without what is likely a secret; `nil` when there is none.
    func shown(in root: Root) -> String? {
        switch self {
        case .integer(let path, _): String(root[keyPath: path])
        case .optionalInteger(let path): root[keyPath: path].map { String($0) }
        case .optionalNumber(let path, _): root[keyPath: path].map { $0.formatted }
        case .dollars(let path): root[keyPath: path].map { Shown.dollars($0) }
        case .duration(let path): DurationText.text(of: root[keyPath: path])
        case .optionalDuration(let path, _): root[keyPath: path].map(DurationText.text)
        case .flag(let path): root[keyPath: path] ? "true" : "false"
        case .choice(let choice): choice.word(root)
        case .text(let path): SecretMask.text(root[keyPath: path])
        case .optionalText(let path): root[keyPath: path].map(SecretMask.text)
        case .list(let path), .addedList(let path), .command(let path): Shown.list(root[keyPath: path])
        case .secrets(let path): root[keyPath: path].isEmpty ? nil : "(set)"
        case .secretAddress(let path):
            root[keyPath: path].map { WebhookAddress($0).map { "\($0.shownHost)/…" } ?? SecretMask.hidden }
        }
    }

    /// The same with the type that a file would give it.
    func json(in root: Root) -> JSONValue {
        switch self {
        case .integer(let path, _): .integer(Int64(root[keyPath: path]))
        case .optionalInteger(let path): root[keyPath: path].map { .integer(Int64($0)) } ?? .null
        case .optionalNumber(let path, _): root[keyPath: path].map { .number($0) } ?? .null
        case .dollars(let path): root[keyPath: path].map { .number($0.dollars) } ?? .null
        case .flag(let path): .bool(root[keyPath: path])
        case .list(let path), .addedList(let path), .command(let path):
            .array(SecretMask.arguments(root[keyPath: path]).map(JSONValue.string))
        case .duration, .optionalDuration, .choice, .text, .optionalText, .secrets, .secretAddress:
            shown(in: root).map(JSONValue.string) ?? .null
        }
    }

    /// The type, for the reference.
    var typeName: String {
        switch self {
        case .integer(_, let range): "whole number \(StrictValue.described(range))"
        case .optionalInteger: "whole number"
        case .optionalNumber(_, let range): "number from \(range.lowerBound.formatted) to \(range.upperBound.formatted)"
        case .dollars: "dollars"
        case .duration, .optionalDuration: "time"
        case .flag: "`true` or `false`"
        case .choice(let choice): choice.words.map { "`\($0)`" }.joined(separator: ", ")
        case .text, .optionalText: "text"
        case .list, .addedList: "array of texts"
        case .command: "text or array of texts"
        case .secrets: "table of texts"
        case .secretAddress: "URL"
        }
    }
}

extension Shown {
    static func list(_ texts: [String]) -> String? {
        texts.isEmpty ? nil : JSONWriter.write(.array(SecretMask.arguments(texts).map(JSONValue.string)))
    }

    /// Exact, without zeros at the end.
    static func dollars(_ amount: USD) -> String {
        let fraction = String(String(amount.microdollars % 1_000_000 + 1_000_000).dropFirst())
        let digits = String(fraction.reversed().drop { $0 == "0" }.reversed())
        return "\(amount.microdollars / 1_000_000)" + (digits.isEmpty ? "" : ".\(digits)")
    }
}
