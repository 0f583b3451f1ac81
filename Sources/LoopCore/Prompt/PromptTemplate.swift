package import Domain

/// A text with `{{variables}}`.
///
/// Strict: a variable that is not known is an error, not an empty place. What is put in is not looked at again, so
/// braces in a plan or in a check's output mean nothing.
package struct PromptTemplate: Hashable, Sendable {
    /// For error messages.
    package let name: String
    let text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// Returns the text with every variable replaced.
    ///
    /// A line with nothing but an empty place leaves no more than one blank line.
    package func render(_ values: [String: String]) throws(PromptError) -> String {
        var result = ""
        var rest = text[...]
        while let opening = rest.firstRange(of: "{{") {
            result += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "}}") else { throw .unterminatedVariable(template: name) }
            let variable = rest[..<closing.lowerBound].withoutBlanks
            guard let value = values[variable] else { throw .unknownVariable(variable, template: name) }
            let standsFirst = result.last?.isNewline ?? true
            result += value
            rest = rest[closing.upperBound...]
            if value.isEmpty, standsFirst { rest = rest.drop(while: \.isNewline) }
        }
        return result + rest
    }

    /// Everything that makes it no template of `kind`, in the order of the text.
    ///
    /// What is mistyped is not missing too.
    package func problems(as kind: PromptKind) -> [PromptError] {
        var found: [String] = []
        var meant: [String?] = []
        var problems: [PromptError] = []
        var rest = text[...]
        while let opening = rest.firstRange(of: "{{") {
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "}}") else {
                problems.append(.unterminatedVariable(template: name))
                meant.append(Self.nearest(to: rest.prefix { $0.isLetter || $0.isWhitespace }.withoutBlanks))
                break
            }
            let variable = rest[..<closing.lowerBound].withoutBlanks
            let isNew = !found.contains(variable)
            if isNew { found.append(variable) }
            if isNew, PromptVariable(rawValue: variable) == nil {
                problems.append(.unknownVariable(variable, template: name))
                meant.append(Self.nearest(to: variable))
            }
            rest = rest[closing.upperBound...]
        }
        let missing = PromptVariable.required(in: kind)
            .filter { !found.contains($0.rawValue) && !meant.contains($0.rawValue) }
        return problems + missing.map { .missingVariable($0, template: name) }
    }

    fileprivate static func nearest(to word: String) -> String? {
        Suggestion.nearest(to: word, among: PromptVariable.allCases.map(\.rawValue))
    }
}

extension Substring {
    /// `{{ plan }}` is `{{plan}}`.
    fileprivate var withoutBlanks: String {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// Why a prompt cannot be made.
package enum PromptError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownVariable(String, template: String)
    /// `{{` without `}}`.
    case unterminatedVariable(template: String)
    /// Without it the agent is not told what it must know.
    case missingVariable(PromptVariable, template: String)

    package var description: String {
        switch self {
        case .unknownVariable(let name, let template):
            "The template '\(template)' uses the variable '\(name.firstLine(upTo: 60))', which does not exist. "
                + (PromptTemplate.nearest(to: name).map { "Did you mean '{{\($0)}}'? " } ?? "")
                + "Known are \(PromptVariable.names)."
        case .missingVariable(let variable, let template):
            "The template '\(template)' has no '{{\(variable.rawValue)}}', without which the agent cannot work."
        case .unterminatedVariable(let template):
            "The template '\(template)' has '{{' without '}}'."
        }
    }
}

/// The templates of all prompts.
package struct PromptTemplates: Hashable, Sendable {
    /// For the first iteration.
    package var first: PromptTemplate
    /// For a later one in a new conversation.
    package var handover: PromptTemplate
    /// For a later one in the same conversation.
    package var continued: PromptTemplate

    package init(
        first: PromptTemplate = Self.standardFirst,
        handover: PromptTemplate = Self.standardHandover,
        continued: PromptTemplate = Self.standardContinued
    ) {
        self.first = first
        self.handover = handover
        self.continued = continued
    }

    /// The chosen templates, and makima's own for the rest.
    package init(_ texts: PromptTexts?) {
        self.init()
        if let text = texts?.first { first = PromptTemplate(name: "first", text: text) }
        if let text = texts?.handover { handover = PromptTemplate(name: "handover", text: text) }
        if let text = texts?.continued { continued = PromptTemplate(name: "continued", text: text) }
    }

    package subscript(kind: PromptKind) -> PromptTemplate {
        switch kind {
        case .first: first
        case .handover: handover
        case .continued: continued
        }
    }

    package static let standardFirst = PromptTemplate(
        name: "first",
        text: """
            {{plan}}

            ---

            {{rules}}

            {{notes}}

            {{gate}}
            """
    )

    package static let standardHandover = PromptTemplate(
        name: "handover",
        text: """
            {{plan}}

            ---

            {{rules}}

            Earlier iterations have worked on this task already; you begin without their conversation. Their work is in \
            the workspace: look at the files, `git status`, `git diff` and `git log` before you change anything, and go \
            on from there.

            {{notes}}

            {{gate}}
            """
    )

    package static let standardContinued = PromptTemplate(
        name: "continued",
        text: """
            Iteration {{iteration}} of at most {{limit}} begins. Go on with the plan of the task '{{task}}', which you \
            were given at the beginning. As before, nobody answers questions.

            {{budget}}

            {{notes}}

            {{gate}}
            """
    )
}
