import Domain

/// Reads answers of GitHub's API.
///
/// What is missing is left out: every one of them has more fields than are read here.
enum GitHubAnswer {
    static func parse(_ body: [UInt8]) throws -> JSONValue {
        do {
            return try JSONParser.parse(body)
        } catch {
            throw ForgeFailure.unreadable(message: "the forge's answer is no JSON")
        }
    }

    static func list(_ body: [UInt8]) throws -> [JSONValue] {
        guard let list = try parse(body).array else {
            throw ForgeFailure.unreadable(message: "the forge's answer is no list")
        }
        return list
    }

    /// What a refusal says, on one line.
    static func message(_ body: [UInt8]) -> String {
        let answer = try? JSONParser.parse(body)
        let details = (answer?["errors"]?.array ?? [])
            .compactMap { $0["message"]?.string ?? $0["code"]?.string ?? $0.string }
        let words = [answer?["message"]?.string].compactMap(\.self) + details
        return words.isEmpty ? "it says nothing more" : words.joined(separator: "; ").firstLine(upTo: 300)
    }

    static func pullRequest(_ value: JSONValue) throws -> PullRequest {
        guard let number = value["number"]?.int else {
            throw ForgeFailure.unreadable(message: "the forge's answer has no pull request")
        }
        return PullRequest(
            number: number,
            url: value["html_url"]?.string ?? "",
            author: value["user"]?["login"]?.string
        )
    }

    static func standing(_ value: JSONValue) -> ReviewSnapshot.Standing {
        if value["merged"]?.bool == true || value["merged_at"]?.string != nil { return .merged }
        return value["state"]?.string == "closed" ? .closed : .open
    }
}

/// Takes note of the checks of a commit.
extension ReviewSnapshot {
    mutating func note(checkRuns: [JSONValue]) {
        for run in checkRuns {
            guard let id = run["id"]?.int, let name = run["name"]?.string else { continue }
            guard run["status"]?.string == "completed" else {
                pending += 1
                continue
            }
            switch run["conclusion"]?.string {
            case "success", "neutral", "skipped": passed += 1
            case let conclusion:
                failing.append(name)
                let output = run["output"]
                let lines = [
                    conclusion.map { "Conclusion: \($0)" }, output?["title"]?.string, output?["summary"]?.string,
                    output?["text"]?.string, run["details_url"]?.string,
                ]
                items.append(
                    ReviewItem(
                        id: "check:\(id)",
                        kind: .checkFailed,
                        author: name,
                        text: lines.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "\n")
                    )
                )
            }
        }
    }

    /// `statuses` are of all times; the newest of each name comes first.
    mutating func note(statuses: [JSONValue]) {
        var seen: Set<String> = []
        for status in statuses {
            guard let name = status["context"]?.string, seen.insert(name).inserted else { continue }
            switch status["state"]?.string {
            case "success": passed += 1
            case "pending": pending += 1
            default:
                failing.append(name)
                let lines = [status["description"]?.string, status["target_url"]?.string]
                items.append(
                    ReviewItem(
                        id: "status:\(status["id"]?.int ?? 0)",
                        kind: .checkFailed,
                        author: name,
                        text: lines.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "\n")
                    )
                )
            }
        }
    }
}

/// Who is heard.
struct Listener: Hashable, Sendable {
    /// The logins of the one whose token or login is used, in lower case.
    var own: Set<String>
    var hearsBots: Bool

    func hears(_ comment: JSONValue) -> Bool {
        guard let login = comment["user"]?["login"]?.string, !own.contains(login.lowercased()) else { return false }
        let isBot = comment["user"]?["type"]?.string == "Bot" || login.hasSuffix("[bot]")
        return hearsBots || !isBot
    }
}

extension ReviewSnapshot {
    mutating func note(reviews: [JSONValue], for listener: Listener) {
        // The last word of each reviewer counts.
        var verdicts: [String: String] = [:]
        for review in reviews where listener.hears(review) {
            guard let id = review["id"]?.int, let author = review["user"]?["login"]?.string else { continue }
            let state = review["state"]?.string ?? ""
            if ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].contains(state) { verdicts[author] = state }
            let text = review["body"]?.string ?? ""
            let kind: ReviewItem.Kind
            switch state {
            case "CHANGES_REQUESTED": kind = .changesRequested
            case "COMMENTED" where !text.isEmpty: kind = .comment
            default: continue
            }
            items.append(ReviewItem(id: "review:\(id)", kind: kind, author: author, text: text))
        }
        isApproved = verdicts.values.contains("APPROVED") && !verdicts.values.contains("CHANGES_REQUESTED")
    }

    mutating func note(comments: [JSONValue], as prefix: String, for listener: Listener) {
        for comment in comments where listener.hears(comment) {
            guard let id = comment["id"]?.int, let author = comment["user"]?["login"]?.string else { continue }
            let line = comment["line"]?.int ?? comment["original_line"]?.int
            let place = comment["path"]?.string.map { path in line.map { "\(path):\($0)" } ?? path }
            items.append(
                ReviewItem(
                    id: "\(prefix):\(id)",
                    kind: .comment,
                    author: author,
                    place: place,
                    text: comment["body"]?.string ?? ""
                )
            )
        }
    }
}
