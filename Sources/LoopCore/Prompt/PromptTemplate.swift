/// A text with `{{variables}}`.
///
/// Strict: a variable that is not known is an error, not an empty place. What is put in is not looked at again, so
/// braces in a plan or in a check's output mean nothing.
package struct PromptTemplate: Hashable, Sendable {
    /// For error messages.
    package let name: String
    private let text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// Returns the text with every variable replaced.
    ///
    /// Places left empty leave no more than one blank line.
    package func render(_ values: [String: String]) throws(PromptError) -> String {
        var result = ""
        var rest = text[...]
        while let opening = rest.firstRange(of: "{{") {
            result += rest[..<opening.lowerBound]
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "}}") else { throw .unterminatedVariable(template: name) }
            let variable = String(rest[..<closing.lowerBound])
            guard let value = values[variable] else { throw .unknownVariable(variable, template: name) }
            result += value
            rest = rest[closing.upperBound...]
            if value.isEmpty { rest = rest.drop(while: \.isNewline) }
        }
        return result + rest
    }
}

/// Why a prompt cannot be made.
package enum PromptError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownVariable(String, template: String)
    /// `{{` without `}}`.
    case unterminatedVariable(template: String)

    package var description: String {
        switch self {
        case .unknownVariable(let name, let template):
            "The template '\(template)' uses the variable '\(name)', which does not exist."
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
