/// The three prompts of a task.
package enum PromptKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Of the first iteration.
    case first
    /// Of a later iteration in a new conversation.
    case handover
    /// Of a later iteration in the same conversation.
    case continued
}

/// The templates that were chosen for the prompts of a task; `nil` is makima's own.
package struct PromptTexts: Hashable, Sendable, Codable {
    package var first: String?
    package var handover: String?
    package var continued: String?

    package init(first: String? = nil, handover: String? = nil, continued: String? = nil) {
        self.first = first
        self.handover = handover
        self.continued = continued
    }

    package subscript(kind: PromptKind) -> String? {
        get {
            switch kind {
            case .first: first
            case .handover: handover
            case .continued: continued
            }
        }
        set {
            switch kind {
            case .first: first = newValue
            case .handover: handover = newValue
            case .continued: continued = newValue
            }
        }
    }
}
