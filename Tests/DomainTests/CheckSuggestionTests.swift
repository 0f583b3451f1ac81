import Domain
import Testing

struct CheckSuggestionTests {
    private func commands(_ files: [String: String]) -> [String] {
        CheckSuggestion.checks(names: Set(files.keys)) { files[$0] }.map(\.command)
    }

    @Test func targetsOfMakeThatProveSomethingAreFound() {
        let makefile =
            "# ci: see docs\ntest := 1\nall: build\n\nlint test: build\n\t@check: echo\ndeploy:\n\techo\n.PHONY: check\n"
        #expect(commands(["Makefile": makefile]) == ["make test", "make lint"])
        #expect(commands(["Makefile": "test:\n", "GNUmakefile": "check:\n"]) == ["make check"])
        #expect(commands(["justfile": "test:\n  cargo test\n", "Cargo.toml": ""]) == ["just test", "cargo test"])
    }

    @Test func scriptsOfAPackageAreRunWithItsTool() {
        let package = #"{"scripts": {"build": "tsc", "lint": "eslint .", "test": "vitest", "check": 3}}"#
        #expect(commands(["package.json": package]) == ["npm run test", "npm run lint"])
        #expect(commands(["package.json": package, "yarn.lock": ""]) == ["yarn run test", "yarn run lint"])
        let none = #"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#
        #expect(commands(["package.json": none]).isEmpty)
        #expect(commands(["package.json": "{"]).isEmpty)
    }

    @Test(arguments: [
        (["Package.swift": ""], "swift test"), (["go.mod": ""], "go test ./..."),
        (["conftest.py": ""], "python3 -m pytest -q"),
        (["pyproject.toml": "", "tests": ""], "python3 -m pytest -q"),
    ])
    func toolsAreKnownByTheirFiles(_ files: [String: String], _ command: String) {
        #expect(commands(files) == [command])
    }

    @Test func nothingIsSuggestedForNothing() {
        #expect(commands(["README.md": "test: x"]).isEmpty)
    }
}
