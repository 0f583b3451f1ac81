/// What a repository's own files say about how it is tested.
package enum CheckSuggestion {
    /// The files whose content counts.
    package static let files = ["GNUmakefile", "makefile", "Makefile", "justfile", "package.json"]

    /// The checks that fit, the most telling first; at most a handful.
    ///
    /// `names` are the files and directories at the root, `read` gives the content of one of ``files``.
    package static func checks(names: Set<String>, read: (String) -> String?) -> [CheckDefinition] {
        var checks: [CheckDefinition] = []
        // GNU make takes the first of these.
        if let name = ["GNUmakefile", "makefile", "Makefile"].first(where: names.contains), let text = read(name) {
            for target in targets(of: text) { checks.append(CheckDefinition(name: target, command: "make \(target)")) }
        }
        if names.contains("justfile"), let text = read("justfile") {
            for target in targets(of: text) { checks.append(CheckDefinition(name: target, command: "just \(target)")) }
        }
        if names.contains("package.json"), let text = read("package.json") { checks += scripts(of: text, names) }
        for (name, command) in tools where names.contains(name) {
            checks.append(CheckDefinition(name: "tests", command: command))
        }
        if !names.isDisjoint(with: pytestFiles) || (names.contains("pyproject.toml") && names.contains("tests")) {
            checks.append(CheckDefinition(name: "tests", command: "python3 -m pytest -q"))
        }
        var commands: Set<String> = []
        return Array(checks.filter { commands.insert($0.command).inserted }.prefix(6))
    }

    private static let tools = [
        ("Package.swift", "swift test"), ("Cargo.toml", "cargo test"), ("go.mod", "go test ./..."),
        ("pom.xml", "mvn -q verify"), ("gradlew", "./gradlew check"), ("mix.exs", "mix test"),
        ("Gemfile", "bundle exec rake"), ("deno.json", "deno test"),
    ]
    private static let pytestFiles: Set = ["pytest.ini", "tox.ini", "conftest.py"]
    /// What people call the targets and scripts that prove something, and not those that change or publish it.
    private static let words = ["test", "tests", "check", "lint", "typecheck", "ci"]

    /// Those targets of a file of make or just that have one of ``words`` as their name, in its order.
    private static func targets(of text: String) -> [String] {
        var found: Set<String> = []
        for line in text.split(whereSeparator: \.isNewline) {
            // `test: build`, and not `test := x`, a line of a recipe or a comment.
            guard let first = line.first, !first.isWhitespace, first != "#", let colon = line.firstIndex(of: ":"),
                line[colon...].dropFirst().first != "="
            else { continue }
            for word in line[..<colon].split(separator: " ") { found.insert(String(word)) }
        }
        return words.filter(found.contains)
    }

    private static func scripts(of text: String, _ names: Set<String>) -> [CheckDefinition] {
        // One that is no JSON has no scripts.
        guard case .object(let members)? = (try? JSONParser.parse(Array(text.utf8), depthLimit: 64))?["scripts"] else {
            return []
        }
        let scripts = Dictionary(members.map { ($0.key, $0.value.string ?? "") }) { first, _ in first }
        let runner = names.contains("pnpm-lock.yaml") ? "pnpm" : names.contains("yarn.lock") ? "yarn" : "npm"
        return
            words.filter { word in
                // What `npm init` writes where there are no tests.
                scripts[word].map { !$0.isEmpty && !$0.contains("no test specified") } ?? false
            }
            .map { CheckDefinition(name: $0, command: "\(runner) run \($0)") }
    }
}
