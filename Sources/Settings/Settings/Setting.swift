import Domain

/// One setting: its name, where its value is kept, who may set it, what it means.
struct Setting<Root: Sendable>: Sendable {
    /// Dotted, beneath `Root`: `autonomous_loop.hard_limit`, or `kind` of an agent.
    let key: String
    /// The table it stands in; `nil` at the top.
    let section: String?
    /// The last part of `key`.
    let name: String
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
        section = key.firstIndex(of: ".").map { String(key[..<$0]) }
        name = key.firstIndex(of: ".").map { String(key[key.index(after: $0)...]) } ?? key
        self.slot = slot
        self.alias = alias
        self.repository = repository
        self.meaning = meaning
    }

    func isCalled(_ name: String) -> Bool { name == self.name || name == alias }

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
