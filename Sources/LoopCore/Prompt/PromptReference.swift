import Domain

/// Writes the reference of all prompts from the code that makes them.
package enum PromptReference {
    /// The text of `docs/PROMPTS.md`.
    package static func markdown() -> String {
        [introduction, variables, templates, notes].joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Prompts

        This page is generated from the code under `Sources/LoopCore/Prompt`;
        `UPDATE_SNAPSHOTS=1 swift test --filter PromptReferenceTests` writes it anew.

        Each iteration of a task gives the agent one prompt, made of one of three templates: `first` in the first
        iteration, `continued` where a conversation goes on, `handover` in a later iteration that begins a new
        conversation. `makima run --print-prompt …` prints the first prompt of a task, and creates nothing.

        The settings `prompts.first`, `prompts.handover` and `prompts.continued` name files with other templates: in your
        own file relative to it, in a variable relative to the current directory, in `makima.toml` relative to the root of
        the repository, and then read from the commit at which the task begins, as that file is. A task keeps the
        templates that it was created with.

        A template is text with variables in double braces. It is strict: one that does not exist, or that has no end, is
        refused before anything happens, and so is a template without `{{gate}}`, or without `{{plan}}` where the agent
        does not know it yet. Blanks beside its name mean nothing, and what is put in is not looked at again. An empty
        variable on a line of its own leaves one blank line at most. Line feeds at the end of a file are no part of its
        template.
        """

    private static var variables: String {
        let rows = PromptVariable.allCases.map { variable in
            let kinds = PromptKind.allCases.filter { PromptVariable.required(in: $0).contains(variable) }
            return "| `{{\(variable.rawValue)}}` | \(kinds.map { "`\($0.rawValue)`" }.joined(separator: ", ")) "
                + "| \(variable.meaning) |"
        }
        return "## Variables\n\n| Variable | Required in | What is put in |\n| --- | --- | --- |\n"
            + rows.joined(separator: "\n")
    }

    private static var templates: String {
        let standard = PromptTemplates()
        let shown = PromptKind.allCases.map { kind in
            "### `\(kind.rawValue)`\n\n" + fenced(standard[kind].text)
        }
        return "## makima's own templates\n\n" + shown.joined(separator: "\n\n")
            + "\n\n`{{gate}}` stands for:\n\n" + fenced(PromptComposer.gate)
    }

    private static var notes: String {
        let shown = PromptCase.all.map { "### \($0.title)\n\n" + fenced($0.notes) }
        return "## Notes by case\n\nWhat `{{notes}}` stands for, by example. Several cases may come together.\n\n"
            + shown.joined(separator: "\n\n")
    }

    private static func fenced(_ text: String) -> String {
        let fence = String(repeating: "`", count: max(3, text.longestRun(of: "`") + 1))
        return "\(fence)text\n\(text)\n\(fence)"
    }
}
