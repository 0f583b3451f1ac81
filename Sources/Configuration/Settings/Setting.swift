import Domain

/// One setting: its name, where its value is kept, who may set it, what it means.
struct Setting<Root: Sendable>: Sendable {
    /// Dotted, beneath `Root`: `autonomous_loop.hard_limit`, or `kind` of an agent.
    let key: String
    /// A second spelling of the last part of `key`.
    var alias: String?
    let slot: SettingSlot<Root>
    let repository: RepositoryRule
    /// One sentence for the reference.
    let meaning: String

    init(
        _ key: String,
        _ slot: SettingSlot<Root>,
        alias: String? = nil,
        repository: RepositoryRule = .refused,
        _ meaning: String
    ) {
        self.key = key
        self.slot = slot
        self.alias = alias
        self.repository = repository
        self.meaning = meaning
    }

    var section: String? { key.firstIndex(of: ".").map { String(key[..<$0]) } }
    var name: String { section.map { String(key.dropFirst($0.count + 1)) } ?? key }
    var spellings: [String] { [name] + [alias].compactMap { $0 } }
}

/// What the file of a repository, written by whoever wrote the repository, may do with a setting.
enum RepositoryRule: Hashable, Sendable {
    /// It decides about this repository only.
    case free
    /// It may lower what the user's file or the default says.
    case lower
    /// It could harm, or cost, the person who runs makima.
    case refused
}

/// Why a value does not fit a setting.
struct Refusal: Error {
    /// Full sentences.
    var explanation: String
}
