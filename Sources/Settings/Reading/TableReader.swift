import Domain

/// Reads the members of one TOML table into the value that keeps them.
struct TableReader<Root: Sendable> {
    let settings: [Setting<Root>]
    /// Where the table stands: `["agents", "claude"]`.
    let keys: [String]
    /// The same as people are told it: they count from 1.
    let shownKeys: [String]
    let document: TOMLDocument
    let layer: FileLayer
    private(set) var problems: [ConfigurationProblem] = []
    /// The dotted keys that were set, and where.
    private(set) var origins: [String: ConfigurationOrigin] = [:]

    init(
        _ settings: [Setting<Root>],
        keys: [String],
        shownAs shownKeys: [String]? = nil,
        document: TOMLDocument,
        layer: FileLayer
    ) {
        self.settings = settings
        self.keys = keys
        self.shownKeys = shownKeys ?? keys
        self.document = document
        self.layer = layer
    }

    mutating func read(_ members: [JSONMember], into root: inout Root) {
        for member in members {
            guard let setting = settings.first(where: { $0.isCalled(member.key) }) else {
                problems.append(unknown(member.key))
                continue
            }
            let origin = document.origin(of: keys + [member.key])
            let key = (shownKeys + [setting.name]).joined(separator: ".")
            if let earlier = origins[key] {
                problems.append(
                    ConfigurationProblem(
                        key: key,
                        origin: origin,
                        explanation: "it is given at \(earlier) already, in another spelling; keep one of both."
                    )
                )
                continue
            }
            origins[key] = origin
            let place = SettingPlace(key: key, origin: origin, isRepository: layer == .repository)
            if let problem = setting.store(member.value, in: &root, at: place) { problems.append(problem) }
        }
    }

    private func unknown(_ key: String) -> ConfigurationProblem {
        let origin = document.origin(of: keys + [key])
        // Beyond what is shown, a guess is work for nobody.
        guard problems.count < ConfigurationError.mostShown else {
            return UnknownKey.problem(keys: shownKeys + [key], origin: origin)
        }
        var neighbours = settings.map { (shownKeys + [$0.name]).joined(separator: ".") }
        if keys.isEmpty { neighbours += SettingKeys.tables.sorted() }
        return UnknownKey.problem(keys: shownKeys + [key], origin: origin, neighbours: neighbours)
    }
}

/// Which of the two files is read.
enum FileLayer: Hashable, Sendable {
    case user
    case repository
}

/// What a value is set by.
struct SettingPlace {
    /// Complete.
    var key: String
    var origin: ConfigurationOrigin
    var isRepository = false
}

extension Setting {
    /// Stores a value if it is valid and may be set there.
    func store(_ raw: JSONValue, in root: inout Root, at place: SettingPlace) -> ConfigurationProblem? {
        func refuse(_ explanation: String) -> ConfigurationProblem {
            ConfigurationProblem(
                key: place.key,
                value: slot.isSecret ? nil : Shown.value(raw),
                origin: place.origin,
                explanation: explanation
            )
        }
        if place.isRepository, repository == .refused { return refuse(RepositoryAdvice.refused) }
        var changed = root
        do {
            try slot.store(raw, in: &changed)
        } catch {
            return refuse(error.explanation)
        }
        if place.isRepository, repository == .lower, slot.isRaised(from: root, to: changed) {
            return refuse(RepositoryAdvice.raised(above: slot.shown(in: root) ?? ""))
        }
        root = changed
        return nil
    }
}

/// What people are told about a repository's file that goes too far.
enum RepositoryAdvice {
    static let refused =
        "a repository may not set it, because it comes from whoever wrote the repository. If you want it, set it in "
        + "your own config.toml."

    static func raised(above limit: String) -> String {
        "a repository may lower it only, and it is \(limit) here. If you want more, set it in your own config.toml."
    }
}

/// Keys that nobody knows.
enum UnknownKey {
    /// `neighbours` are the keys that may stand in the same table; after them, all other keys are tried.
    static func problem(
        keys: [String],
        origin: ConfigurationOrigin,
        neighbours: [String]
    ) -> ConfigurationProblem {
        let suggestion =
            Suggestion.nearest(to: keys.joined(separator: "."), among: neighbours) ?? elsewhere(keys.last ?? "")
        guard let suggestion else { return problem(keys: keys, origin: origin) }
        return ConfigurationProblem(
            key: Shown.key(keys.joined(separator: ".")),
            origin: origin,
            explanation: "there is no such setting, did you mean '\(suggestion)'?"
        )
    }

    static func problem(keys: [String], origin: ConfigurationOrigin) -> ConfigurationProblem {
        ConfigurationProblem(
            key: Shown.key(keys.joined(separator: ".")),
            origin: origin,
            explanation: "there is no such setting. 'makima config --all' lists all of them."
        )
    }

    /// A key that stands in the wrong table.
    private static func elsewhere(_ name: String) -> String? {
        let settings = SettingKeys.all
        guard let nearest = Suggestion.nearest(to: name, among: settings.flatMap(\.spellings)) else { return nil }
        return settings.first { $0.spellings.contains(nearest) }?.key
    }
}
