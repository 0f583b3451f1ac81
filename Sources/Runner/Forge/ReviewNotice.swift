package import Domain
import LoopCore

/// What a person should know of work that is put to review.
package enum ReviewNotice: Hashable, Sendable {
    /// The remote is no forge that is known, so the branch there is all.
    case pushed(branch: String, remote: String)
    case opened(PullRequest)
    case updated(PullRequest)
    /// What came back is given to the agent.
    case cameBack(items: Int, round: Int, of: Int)
    /// The forge could not be asked; it is asked again.
    case lookFailed(String)
    /// makima does not stay with the pull request any more.
    case left(code: String, sentence: String)

    package var code: String {
        switch self {
        case .pushed: "pushed"
        case .opened: "pull_request_opened"
        case .updated: "pull_request_updated"
        case .cameBack: "review_came_back"
        case .lookFailed: "review_not_seen"
        case .left(let code, _): code
        }
    }

    package var sentence: String {
        switch self {
        case .pushed(let branch, let remote):
            "The branch '\(branch)' is pushed to '\(remote)', which is no forge that makima knows: no pull request is opened."
        case .opened(let pullRequest): "The work is in review: \(pullRequest.url)"
        case .updated(let pullRequest): "The pull request has the work as it is now: \(pullRequest.url)"
        case .cameBack(0, let round, let limit):
            "The agent is told what was said meanwhile, and goes on (round \(round) of \(limit))."
        case .cameBack(let items, let round, let limit):
            "\(items == 1 ? "1 thing" : "\(items) things") came back of the review; the agent goes on (round \(round) of \(limit))."
        case .lookFailed(let message): "The pull request could not be looked at, and will be again: \(message)"
        case .left(_, let sentence): sentence
        }
    }
}

extension ReviewNotice {
    /// `nil` where the task itself says why it ends.
    init?(_ end: ReviewEnd, _ pullRequest: PullRequest, limit: Int) {
        let name = "The pull request \(pullRequest.number)"
        switch end {
        case .merged: self = .left(code: "review_merged", sentence: "\(name) is merged.")
        case .closed: self = .left(code: "review_closed", sentence: "\(name) was closed without being merged.")
        case .green:
            self = .left(code: "review_green", sentence: "\(name) is green, and nothing is left to be answered.")
        case .leftFailing(let checks):
            self = .left(
                code: "review_failing",
                sentence:
                    "\(name) is left with checks that fail, which the agent was told of: \(checks.listed(atMost: 5))."
            )
        case .roundsUsed(let open):
            self = .left(
                code: "review_rounds_used",
                sentence: "\(name) is left with \(open == 1 ? "1 thing" : "\(open) things") to be answered: "
                    + "\(limit == 1 ? "the round is" : "all \(limit) rounds are") used."
            )
        case .patienceOver:
            self = .left(
                code: "review_patience_over",
                sentence: "\(name) is still open, and the time to stay with it is over."
            )
        case .refused, .stopped: return nil
        }
    }
}
