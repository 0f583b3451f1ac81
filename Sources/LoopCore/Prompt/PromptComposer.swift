import Domain

/// Makes the prompt of an iteration from facts.
package enum PromptComposer {
    /// Returns what the agent is told.
    package static func compose(
        _ facts: PromptFacts,
        templates: PromptTemplates = PromptTemplates()
    ) throws(PromptError) -> String {
        let values = PromptVariable.allCases.map { ($0.rawValue, value(of: $0, facts)) }
        return try templates[kind(of: facts)].render(Dictionary(values) { first, _ in first })
    }

    private static func kind(of facts: PromptFacts) -> PromptKind {
        switch facts.session {
        case .continue: .continued
        case .fresh: facts.iteration == 1 && facts.previous == nil ? .first : .handover
        }
    }

    private static func value(of variable: PromptVariable, _ facts: PromptFacts) -> String {
        switch variable {
        case .plan: facts.plan
        case .task: facts.task
        case .iteration: String(facts.iteration)
        // In the sentence "of at most …".
        case .limit: facts.maxIterations >= LoopLimits.unlimited ? "as many as you need" : String(facts.maxIterations)
        case .rules: rules(facts)
        case .checks: checks(facts)
        case .protected: protectedPaths(facts)
        case .budget: budget(facts)
        case .notes: notes(facts)
        case .gate: (facts.hasTools ? toolGate + "\n\n" : "") + gate
        }
    }

    private static func rules(_ facts: PromptFacts) -> String {
        let work = """
            You work on the task '\(facts.task)' in a loop that nobody watches: this is iteration \(facts.iteration) of \
            at most \(facts.maxIterations). \(questions(facts)) Only what is in the workspace lasts; what you leave \
            running in the background ends with you.
            """
        return [work, permissions(facts), checks(facts), protectedPaths(facts), budget(facts)].paragraphs
    }

    private static func questions(_ facts: PromptFacts) -> String {
        switch (facts.asksPeople, facts.hasTools) {
        case (false, _): "Nobody answers questions: decide yourself, and say what you decided."
        case (true, true):
            "What only a person can decide, ask with the tool `ask_person` and end your turn: the answer comes with your next "
                + "prompt. Decide everything else yourself."
        case (true, false):
            "What only a person can decide, name as a blocker and end your turn. Decide everything else yourself."
        }
    }

    private static func permissions(_ facts: PromptFacts) -> String {
        switch (facts.permissions, facts.asksPeople) {
        case (.full, _): ""
        case (.plan, _):
            "Only plan: the workspace is read-only, and nothing is to be changed. Your final message is what people read, so put "
                + "the whole plan into it."
        case (.ask, _):
            "Everything that changes files or runs a command is put to a person before it is done, which takes time: ask for "
                + "what the work needs, and for nothing else."
        case (.edit, true):
            "You may change files; a command that your program asks about is put to a person before it is run, which takes "
                + "time: ask for what the work needs, and for nothing else."
        case (.edit, false):
            "You may change files; commands that your program asks about are refused, because nobody can be asked. Do without "
                + "them, and name what is needed as a blocker."
        }
    }

    private static func checks(_ facts: PromptFacts) -> String {
        guard !facts.checks.isEmpty else { return "" }
        let lines = facts.checks.map { check in
            check.name == check.command ? "- \(command(check))" : "- \(check.name): \(command(check))"
        }
        return "When you are ready, these checks are run on your files, and all have to pass:\n\n"
            + lines.joined(separator: "\n")
    }

    private static func protectedPaths(_ facts: PromptFacts) -> String {
        guard !facts.protected.isEmpty else { return "" }
        return "Do not change paths that match one of these patterns: "
            + facts.protected.map(code).joined(separator: ", ") + "."
    }

    private static func budget(_ facts: PromptFacts) -> String {
        var parts: [String] = []
        if let limit = facts.budgets.maxCost {
            let left = max(0, limit.microdollars - (facts.usage.cost?.microdollars ?? 0))
            parts.append("\(USD(microdollars: left).formatted) of \(limit.formatted)")
        }
        if let limit = facts.budgets.maxTokens {
            parts.append("\(max(0, limit - (facts.usage.tokens ?? 0))) of \(limit) tokens")
        }
        if let limit = facts.budgets.maxDuration {
            parts.append("\(max(.zero, limit - facts.activeTime).formatted) of \(limit.formatted)")
        }
        return parts.isEmpty ? "" : "What is left of the task's budget: \(parts.joined(separator: ", "))."
    }

    static func notes(_ facts: PromptFacts) -> String {
        [
            facts.stall.map(PromptNotes.about(stall:)) ?? "",
            facts.session == .fresh
                ? PromptNotes.about(handOver: facts) : PromptNotes.about(meanwhile: facts.meanwhile),
            facts.isInReview
                ? "" : facts.previous.map { PromptNotes.about($0, isAnswered: facts.isAnswered) } ?? "",
            PromptNotes.about(feedback: facts.feedback),
            PromptNotes.about(changedProtectedPaths: facts.changedProtectedPaths),
            facts.cutOff.flatMap(PromptNotes.note(on:)) ?? "",
            PromptNotes.about(messages: facts.messages),
            WrapUp(facts)?.sentence ?? "",
        ]
        .paragraphs
    }

    static let toolGate = """
        At the end of your work call the tool `report_completion_gate` of the server `makima`. Where you cannot call it, \
        write the gate yourself:
        """

    /// In words and single lines, because an agent's program may print it again: it must not be a gate itself.
    static let gate = """
        End your final message with a completion gate. It is these six lines, each on a line of its own, without the \
        numbers and backticks, and neither in a code block nor in a quotation:

        1. `<COMPLETION_GATE>`
        2. `ready: true` if the whole task is finished, otherwise `ready: false`
        3. `reason: "why"`
        4. `progress: "what is finished, of what"`
        5. `blockers: []`, or in the brackets what keeps you from going on, each in double quotes
        6. `</COMPLETION_GATE>`

        With blockers you are not ready. Without a gate the loop goes on.
        """

    /// A command of one line as a code span, one of more as a block of its list's item.
    private static func command(_ check: CheckDefinition) -> String {
        guard check.command.contains(where: \.isNewline) else { return code(check.command) }
        let fence = String(repeating: "`", count: max(3, check.command.longestRun(of: "`") + 1))
        let lines = check.command.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let block = [fence + "sh"] + lines + [Substring(fence)]
        let title = check.name == check.command ? "this script" : "this"
        return "\(title)\n\n" + block.map { "  \($0)" }.joined(separator: "\n")
    }

    /// A code span, also of a text with backticks in it.
    private static func code(_ text: String) -> String {
        let mark = String(repeating: "`", count: text.longestRun(of: "`") + 1)
        let space = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
        return mark + space + text + space + mark
    }
}

extension [String] {
    /// Those that are not empty, a blank line between them.
    var paragraphs: String { filter { !$0.isEmpty }.joined(separator: "\n\n") }
}

extension String {
    func longestRun(of character: Character) -> Int {
        var (longest, current) = (0, 0)
        for each in self {
            current = each == character ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }
}
