import Domain

extension ContractFile {
    /// Reads a file, and the plans that it names; all that is wrong is reported together.
    package init(
        reading file: ConfigurationFile,
        for use: Use,
        plan: (String) -> NamedPlan
    ) throws(ContractFileError) {
        let document: TOMLDocument
        do throws(ConfigurationProblem) {
            document = try TOMLDocument(file)
        } catch { throw ContractFileError(problems: [error]) }
        var reader = ContractFileReader(document: document, use: use)
        reader.read()
        reader.takePlans(plan)
        reader.judge()
        guard reader.problems.isEmpty else {
            // The parser has its own order of keys; people read from top to bottom.
            throw ContractFileError(
                problems: reader.problems.sorted { ($0.origin.line ?? .max) < ($1.origin.line ?? .max) }
            )
        }
        self = reader.file
    }
}

/// Reads a contract's file table by table, and collects what is wrong.
struct ContractFileReader {
    let document: TOMLDocument
    let use: ContractFile.Use
    var file = ContractFile()
    var problems: [ConfigurationProblem] = []
    /// The index within the file of each task that was read.
    private(set) var places: [Int] = []

    init(document: TOMLDocument, use: ContractFile.Use) {
        self.document = document
        self.use = use
    }

    mutating func read() {
        let plain = document.root.filter { !ContractFileKeys.tables.contains($0.key) }
        var read = file
        self.read(plain, ContractFileKeys.top(use), at: [], into: &read)
        file = read
        for member in document.root {
            switch member.key {
            case "limits": readLimits(member.value)
            case "phase":
                forEach(member) { reader, members, keys in
                    var phase = ContractFile.Phase()
                    reader.read(members, ContractFileKeys.phase, at: keys, into: &phase)
                    reader.file.phases.append(phase)
                    if phase.name.isEmpty { reader.refuseNameless(keys) }
                }
            case "task":
                forEach(member) { reader, members, keys in
                    var task = ContractFile.Task()
                    reader.read(members, ContractFileKeys.task, at: keys, into: &task)
                    reader.file.tasks.append(task)
                    reader.places.append(Int(keys[1]) ?? 0)
                    if task.name.isEmpty { reader.refuseNameless(keys) }
                }
            default: continue
            }
        }
    }

    private mutating func readLimits(_ value: JSONValue) {
        guard let members = value.object else {
            return refuse(["limits"], "it must be a table, written as [limits].")
        }
        var limits = file.limits
        read(members, ContractFileKeys.limits(use), at: ["limits"], into: &limits)
        file.limits = limits
    }

    private mutating func refuseNameless(_ keys: [String]) {
        // What its name should have been was said where there is one.
        let shown = Self.shown(keys + ["name"])
        if !problems.contains(where: { $0.key == shown }) { refuse(keys, "it needs a 'name'.") }
    }

    private mutating func forEach(
        _ member: JSONMember,
        _ body: (inout Self, [JSONMember], [String]) -> Void
    ) {
        guard let elements = member.value.array else {
            return refuse([member.key], "it must be an array of tables, each written as [[\(member.key)]].")
        }
        for (index, element) in elements.enumerated() {
            let keys = [member.key, String(index)]
            guard let members = element.object else {
                refuse(keys, "it must be a table, written as [[\(member.key)]].")
                continue
            }
            body(&self, members, keys)
        }
    }

    private mutating func read<Root>(
        _ members: [JSONMember],
        _ settings: [Setting<Root>],
        at keys: [String],
        into root: inout Root
    ) {
        for member in members {
            guard let setting = settings.first(where: { $0.isCalled(member.key) }) else {
                refuseUnknown(keys + [member.key], among: settings.map(\.name))
                continue
            }
            let place = SettingPlace(
                key: Self.shown(keys + [member.key]),
                origin: document.origin(of: keys + [member.key])
            )
            if let problem = setting.store(member.value, in: &root, at: place) { problems.append(problem) }
        }
    }

    private mutating func refuseUnknown(_ keys: [String], among known: [String]) {
        let name = keys.last ?? ""
        let known = keys.count == 1 ? known + ContractFileKeys.tables : known
        let leading =
            keys.count == 1
            ? ContractFileKeys.leading.map(\.name)
            : keys.first == "limits" ? ContractFileKeys.leadingLimits.map(\.name) : []
        if use == .graph, leading.contains(name) {
            return refuse(keys, "it is for contracts that an agent leads ('makima contract new --file').")
        }
        // Beyond what is shown, a guess is work for nobody.
        let guess =
            problems.count < ConfigurationError.mostShown ? Suggestion.nearest(to: name, among: known) : nil
        refuse(
            keys,
            guess.map { "there is no such key, did you mean '\($0)'?" }
                ?? "there is no such key. Known are \(known.joined(separator: ", "))."
        )
    }

    mutating func refuse(_ keys: [String], value: String? = nil, _ explanation: String) {
        problems.append(
            ConfigurationProblem(
                key: keys.isEmpty ? nil : Shown.key(Self.shown(keys)),
                value: value.map(Shown.text),
                origin: document.origin(of: keys),
                explanation: explanation
            )
        )
    }

    /// People count from 1.
    static func shown(_ keys: [String]) -> String {
        keys.enumerated()
            .map { index, key in
                index == 1 && keys[0] != "limits" ? Int(key).map { String($0 + 1) } ?? key : key
            }
            .joined(separator: ".")
    }
}
