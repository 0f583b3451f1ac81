import Domain

/// The type of a setting and the property that keeps it.
enum SettingSlot<Root: Sendable>: Sendable {
    typealias Path<Value> = any WritableKeyPath<Root, Value> & Sendable

    case integer(Path<Int>, ClosedRange<Int>)
    case optionalInteger(Path<Int?>)
    case optionalNumber(Path<Double?>, ClosedRange<Double>)
    case dollars(Path<USD?>)
    /// Above zero.
    case duration(Path<Duration>)
    case optionalDuration(Path<Duration?>, allowsZero: Bool)
    case flag(Path<Bool>)
    case choice(SettingChoice<Root>)
    case text(Path<String>)
    case optionalText(Path<String?>)
    case list(Path<[String]>)
    /// What later sources say is added to what earlier ones said.
    case addedList(Path<[String]>)
    /// A program and its arguments.
    case command(Path<[String]>)
    /// Values may be secrets and are never shown.
    case secrets(Path<[String: String]>)
    /// A URL of which only the host is ever shown.
    case secretAddress(Path<String?>)

    /// Stores `raw`, or says what it should have been.
    func store(_ raw: JSONValue, in root: inout Root) throws(Refusal) {
        switch self {
        case .integer(let path, let range): root[keyPath: path] = try StrictValue.integer(raw, in: range)
        case .optionalInteger(let path): root[keyPath: path] = try StrictValue.integer(raw, in: 0...Int.max)
        case .optionalNumber(let path, let range): root[keyPath: path] = try StrictValue.number(raw, in: range)
        case .dollars(let path): root[keyPath: path] = try StrictValue.dollars(raw)
        case .duration(let path): root[keyPath: path] = try StrictValue.duration(raw, allowsZero: false)
        case .optionalDuration(let path, let allowsZero):
            root[keyPath: path] = try StrictValue.duration(raw, allowsZero: allowsZero)
        case .flag(let path): root[keyPath: path] = try StrictValue.flag(raw)
        case .choice(let choice): try choice.store(raw, &root)
        case .text(let path): root[keyPath: path] = try StrictValue.text(raw)
        case .optionalText(let path): root[keyPath: path] = try StrictValue.text(raw)
        case .list(let path): root[keyPath: path] = try StrictValue.list(raw)
        case .addedList(let path):
            for text in try StrictValue.list(raw) where !root[keyPath: path].contains(text) {
                root[keyPath: path].append(text)
            }
        case .command(let path): root[keyPath: path] = try StrictValue.command(raw)
        case .secrets(let path): root[keyPath: path] = try StrictValue.variables(raw)
        case .secretAddress(let path): root[keyPath: path] = try StrictValue.address(raw)
        }
    }

    /// Reads the text of a variable or flag as the value a file would have; what fits nothing stays a text.
    func raw(from text: String) -> JSONValue {
        switch self {
        case .integer, .optionalInteger: Int64(text).map(JSONValue.integer) ?? .string(text)
        case .dollars, .optionalNumber: VariableText.number(text) ?? .string(text)
        case .duration, .optionalDuration: Int64(text).map(JSONValue.integer) ?? .string(text)
        case .flag: VariableText.flag(text) ?? .string(text)
        case .choice, .text, .optionalText, .secretAddress: .string(text)
        case .list, .addedList: VariableText.list(text)
        case .command: VariableText.json(text, beginning: "[") ?? .string(text)
        case .secrets: VariableText.json(text, beginning: "{") ?? .string(text)
        }
    }

    /// Whether `new` allows more than `old`; having no limit allows most.
    func isRaised(from old: Root, to new: Root) -> Bool {
        switch self {
        case .integer(let path, _): new[keyPath: path] > old[keyPath: path]
        case .optionalInteger(let path): Self.isRaised(from: old[keyPath: path], to: new[keyPath: path])
        case .optionalNumber(let path, _): Self.isRaised(from: old[keyPath: path], to: new[keyPath: path])
        case .dollars(let path): Self.isRaised(from: old[keyPath: path], to: new[keyPath: path])
        case .duration(let path): new[keyPath: path] > old[keyPath: path]
        case .optionalDuration(let path, _): Self.isRaised(from: old[keyPath: path], to: new[keyPath: path])
        case .flag, .choice, .text, .optionalText, .list, .addedList, .command, .secrets, .secretAddress: false
        }
    }

    private static func isRaised<Amount: Comparable>(from old: Amount?, to new: Amount?) -> Bool {
        guard let old else { return false }
        return new.map { $0 > old } ?? true
    }

    var isSecret: Bool {
        switch self {
        case .secrets, .secretAddress: true
        case .integer, .optionalInteger, .optionalNumber, .dollars, .duration, .optionalDuration, .flag, .choice, .text,
            .optionalText, .list, .addedList, .command:
            false
        }
    }
}

/// A setting that is one of a few words.
struct SettingChoice<Root: Sendable>: Sendable {
    let words: [String]
    let store: @Sendable (JSONValue, inout Root) throws(Refusal) -> Void
    /// `nil` where none is chosen.
    let word: @Sendable (Root) -> String?

    init<Choice>(_ path: any WritableKeyPath<Root, Choice> & Sendable)
    where Choice: RawRepresentable & CaseIterable & Sendable, Choice.RawValue == String {
        self.init(Choice.self, { $0[keyPath: path] = $1 }, { $0[keyPath: path] })
    }

    init<Choice>(optional path: any WritableKeyPath<Root, Choice?> & Sendable)
    where Choice: RawRepresentable & CaseIterable & Sendable, Choice.RawValue == String {
        self.init(Choice.self, { $0[keyPath: path] = $1 }, { $0[keyPath: path] })
    }

    private init<Choice>(
        _ type: Choice.Type,
        _ put: @escaping @Sendable (inout Root, Choice) -> Void,
        _ get: @escaping @Sendable (Root) -> Choice?
    ) where Choice: RawRepresentable & CaseIterable & Sendable, Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        self.words = words
        store = { (raw, root) throws(Refusal) in
            guard let text = raw.string, let choice = Choice(rawValue: text) else {
                throw StrictValue.refuse(raw, words: words)
            }
            put(&root, choice)
        }
        word = { get($0)?.rawValue }
    }
}
