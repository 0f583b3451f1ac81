/// A pull request at a forge.
package struct PullRequest: Hashable, Sendable, Codable {
    package var number: Int
    /// Where people look at it.
    package var url: String
    /// The login of who opened it; `nil` where the forge does not say.
    package var author: String?

    package init(number: Int, url: String, author: String? = nil) {
        self.number = number
        self.url = url
        self.author = author
    }
}

/// What a pull request is to say.
package struct PullRequestDraft: Hashable, Sendable {
    package var title: String
    /// Markdown, in which nobody is mentioned.
    package var body: String
    /// The branch with the work.
    package var head: String
    /// The branch that the work is for.
    package var base: String
    package var isDraft: Bool

    package init(title: String, body: String, head: String, base: String, isDraft: Bool) {
        self.title = title
        self.body = body
        self.head = head
        self.base = base
        self.isDraft = isDraft
    }
}

/// One thing that came back of a review, as others wrote it: untrusted text.
package struct ReviewItem: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case checkFailed = "check_failed"
        case changesRequested = "changes_requested"
        case comment
    }

    /// Unique at the forge, as `comment:17`; a check that runs again has another one.
    package var id: String
    package var kind: Kind
    /// Who wrote it, or the name of the check.
    package var author: String
    /// As `Sources/main.swift:12`; `nil` where it is about no line.
    package var place: String?
    package var text: String

    package init(id: String, kind: Kind, author: String, place: String? = nil, text: String) {
        self.id = id
        self.kind = kind
        self.author = author
        self.place = place
        self.text = text
    }
}

/// How a pull request stands when it is looked at.
package struct ReviewSnapshot: Hashable, Sendable {
    package enum Standing: String, Hashable, Sendable, CaseIterable {
        case open
        case merged
        case closed
    }

    package var standing = Standing.open
    /// How many of the commit's checks have not ended.
    package var pending = 0
    package var passed = 0
    /// The names of the commit's checks that did not pass.
    package var failing: [String] = []
    /// Whether somebody approved and nobody else asks for changes.
    package var isApproved = false
    /// Everything there is to be told, whether or not it was told before.
    package var items: [ReviewItem] = []

    package init() {}
}
