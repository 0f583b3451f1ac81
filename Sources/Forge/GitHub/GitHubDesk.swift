package import Domain

/// The pull requests of one repository at GitHub.
package struct GitHubDesk: PullRequestDesk {
    private let transport: PatientTransport
    private let repository: RemoteAddress
    private let hearsBots: Bool

    /// More than so many entries of a list are not looked at.
    private static let mostPages = 5
    private static let pageSize = 100

    package init(
        of repository: RemoteAddress,
        by transport: any ForgeTransport,
        hearsBots: Bool,
        clock: any Clock<Duration>,
        wallClock: any WallClock
    ) {
        self.transport = PatientTransport(transport, clock: clock, wallClock: wallClock)
        self.repository = repository
        self.hearsBots = hearsBots
    }

    private var root: String { "repos/\(repository.owner)/\(repository.name)" }

    // MARK: - Opening

    package func publish(_ draft: PullRequestDraft, known: PullRequest?) async throws -> PullRequest {
        if let known {
            let now = try await read("\(root)/pulls/\(known.number)")
            guard GitHubAnswer.standing(now) == .open else { return known }
            return try await update(known, draft)
        }
        if let open = try await openOne(draft) { return try await update(open, draft) }
        do {
            return try await open(draft)
        } catch ForgeFailure.unavailable(let message) {
            // It may have arrived all the same.
            guard let open = try await openOne(draft) else { throw ForgeFailure.unavailable(message: message) }
            return open
        }
    }

    private func open(_ draft: PullRequestDraft) async throws -> PullRequest {
        let body = JSONValue.object([
            "title": .string(draft.title), "body": .string(draft.body), "head": .string(draft.head),
            "base": .string(draft.base), "draft": .bool(draft.isDraft),
        ])
        let request = ForgeRequest(.post, "\(root)/pulls", body: JSONWriter.bytes(of: body))
        return try GitHubAnswer.pullRequest(GitHubAnswer.parse(try await transport.ask(request)))
    }

    private func openOne(_ draft: PullRequestDraft) async throws -> PullRequest? {
        let head = Self.escaped("\(repository.owner):\(draft.head)")
        let found = try await GitHubAnswer.list(
            transport.ask(ForgeRequest(.get, "\(root)/pulls?state=open&head=\(head)"))
        )
        // An API that does not know the filter lists them all.
        return try found.first { $0["head"]?["ref"]?.string == draft.head }.map(GitHubAnswer.pullRequest)
    }

    /// The title is left to people once it is open.
    private func update(_ pullRequest: PullRequest, _ draft: PullRequestDraft) async throws -> PullRequest {
        let body = JSONWriter.bytes(of: .object(["body": .string(draft.body)]))
        let request = ForgeRequest(.patch, "\(root)/pulls/\(pullRequest.number)", body: body)
        return try GitHubAnswer.pullRequest(GitHubAnswer.parse(try await transport.ask(request)))
    }

    // MARK: - Looking

    package func look(at pullRequest: PullRequest, commit: CommitID) async throws -> ReviewSnapshot {
        let number = pullRequest.number
        var snapshot = ReviewSnapshot()
        snapshot.standing = GitHubAnswer.standing(try await read("\(root)/pulls/\(number)"))
        guard snapshot.standing == .open else { return snapshot }
        snapshot.note(checkRuns: try await pages("\(root)/commits/\(commit)/check-runs", within: "check_runs"))
        snapshot.note(statuses: try await pages("\(root)/commits/\(commit)/statuses"))
        let listener = try await listener(pullRequest)
        snapshot.note(reviews: try await pages("\(root)/pulls/\(number)/reviews"), for: listener)
        snapshot.note(comments: try await pages("\(root)/pulls/\(number)/comments"), as: "comment", for: listener)
        snapshot.note(comments: try await pages("\(root)/issues/\(number)/comments"), as: "note", for: listener)
        return snapshot
    }

    /// Not every token may ask whose it is; the one who opened the pull request is makima then.
    private func listener(_ pullRequest: PullRequest) async throws -> Listener {
        do {
            let login = try await read("user")["login"]?.string
            return Listener(own: Set([login?.lowercased()].compactMap(\.self)), hearsBots: hearsBots)
        } catch ForgeFailure.refused {
            return Listener(own: Set([pullRequest.author?.lowercased()].compactMap(\.self)), hearsBots: hearsBots)
        }
    }

    private func read(_ path: String) async throws -> JSONValue {
        try GitHubAnswer.parse(try await transport.ask(ForgeRequest(.get, path)))
    }

    /// `member` is what holds the list, where the answer is none itself.
    private func pages(_ path: String, within member: String? = nil) async throws -> [JSONValue] {
        var all: [JSONValue] = []
        for page in 1...Self.mostPages {
            let answer = try await read("\(path)?per_page=\(Self.pageSize)&page=\(page)")
            let found = (member.map { answer[$0] } ?? answer)?.array
            guard let found else { throw ForgeFailure.unreadable(message: "the forge's answer is no list") }
            all += found
            if found.count < Self.pageSize { break }
        }
        return all
    }

    private static func escaped(_ text: String) -> String {
        text.utf8
            .map { byte in
                let character = Character(Unicode.Scalar(byte))
                let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "-_.~".contains(character))
                return isPlain
                    ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
            .joined()
    }
}
