import Domain
import Settings
import Testing

/// Files with templates of prompts.
struct PromptsTests {
    private static let good = "Do {{plan}}.\n\n{{gate}}\n"

    private func sources(
        user: String? = nil,
        repository: String? = nil,
        environment: [String: String] = [:],
        files: [String: String] = [:]
    ) -> ConfigurationSources {
        var sources = ConfigurationSources(
            userFile: user.map { ConfigurationFile(path: "/etc/config.toml", bytes: Array($0.utf8)) },
            repositoryFile: repository.map { ConfigurationFile(path: "makima.toml", bytes: Array($0.utf8)) },
            environment: environment
        )
        for reference in sources.namedTemplates {
            sources.templates[reference] = files[reference.path].map { Array($0.utf8) }
        }
        return sources
    }

    private func problems(_ sources: ConfigurationSources) -> [String] {
        do throws(ConfigurationError) {
            _ = try MakimaConfiguration(reading: sources)
            return []
        } catch {
            guard case .invalid(let problems) = error else { return [] }
            return problems.texts
        }
    }

    @Test func theTextOfAFileIsTakenWithoutTheLineFeedsAtItsEnd() throws {
        let sources = sources(user: "[prompts]\nfirst = \"p.md\"\n", files: ["p.md": Self.good])
        let configuration = try MakimaConfiguration(reading: sources)
        #expect(configuration.prompts == PromptTexts(first: "Do {{plan}}.\n\n{{gate}}"))
        #expect(configuration.promptFiles == PromptTexts(first: "p.md"))
    }

    @Test func eachSourceSaysWhereItsPathsBegin() {
        let sources = sources(
            user: "[prompts]\nfirst = \"a\"\nhandover = \"b\"\n",
            repository: "[prompts]\nhandover = \"c\"\n",
            environment: ["MAKIMA_PROMPTS_CONTINUED": "d"]
        )
        #expect(
            sources.namedTemplates == [
                TemplateReference(path: "a", place: .userFile), TemplateReference(path: "c", place: .repository),
                TemplateReference(path: "d", place: .currentDirectory),
            ]
        )
    }

    @Test func allProblemsOfAllTemplatesAreToldTogether() {
        let text = "[prompts]\nfirst = \"p.md\"\nhandover = \"none.md\"\ncontinued = \"c.md\"\nlast = \"x\"\n"
        let found = problems(sources(user: text, files: ["p.md": "{{moon}} {{gate}}", "c.md": "{{gate"]))
        #expect(found.count == 5)
        for part in [
            "/etc/config.toml:5: 'prompts.last'", "/etc/config.toml:2: 'prompts.first' is \"p.md\"", "'moon'",
            "Known are plan, task", "no '{{plan}}'", "/etc/config.toml:3: 'prompts.handover' is \"none.md\"",
            "no such file", "'c.md' has '{{' without '}}'",
        ] {
            #expect(found.contains { $0.contains(part) }, "\(part)")
        }
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", "a/", "./a", "", "a//b"])
    func aRepositoryNamesFilesOfItsOwnOnly(path: String) {
        let text = "[prompts]\nfirst = \"\(path)\"\n"
        let found = problems(sources(repository: text, files: [path: Self.good]))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("makima.toml:2: 'prompts.first'") == true)
    }

    @Test func aTemplateIsAShortText() {
        let text = "[prompts]\nfirst = \"p\"\n"
        #expect(
            problems(sources(user: text, files: ["p": "\0" + Self.good])).first?.contains("no text in UTF-8") == true
        )
        let long = Self.good + String(repeating: "x", count: 1 << 18)
        #expect(problems(sources(user: text, files: ["p": long])).first?.contains("at most") == true)
    }
}
