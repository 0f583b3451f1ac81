import Domain
import Runner

/// The first line: how many tasks stand how, what they cost, whose they are, and what time it is (UTC).
struct TopHeader {
    private let model: TopModel

    init(_ model: TopModel) {
        self.model = model
    }

    /// What is of least use goes first where the terminal is narrow: the cost, then the place.
    func line(columns: Int) -> StyledLine {
        let counts = counts
        let ends = [[cost, place, clock], [place, clock], [clock]]
            .map { parts in
                parts.dropFirst().reduce(parts[0]) { $0 + StyledLine(" · ", .faint) + $1 }
            }
        let end = ends.first { counts.width + 2 + $0.width <= columns } ?? clock
        let room = columns - end.width - 2
        guard room >= 8 else { return counts.fitted(to: columns) }
        let start = counts.fitted(to: room)
        let gap = String(repeating: " ", count: max(1, columns - start.width - end.width))
        return start + StyledLine(gap) + end
    }

    private var counts: StyledLine {
        var parts: [StyledLine] = []
        let waiting = model.rows.count(where: \.needsPerson)
        if waiting > 0 { parts.append(StyledLine("\(waiting) \(waiting == 1 ? "needs" : "need") you", .warning)) }
        for status in Self.order {
            let count = model.rows.count { $0.status == status && !$0.needsPerson }
            if count > 0 { parts.append(StyledLine("\(count) \(status.shortWords)")) }
        }
        if let older = model.listing?.older, older > 0 { parts.append(StyledLine("\(older) older", .faint)) }
        guard let first = parts.first else { return StyledLine("makima", .strong) }
        return parts.dropFirst().reduce(first) { $0 + StyledLine(" · ", .faint) + $1 }
    }

    /// Those that change come first.
    private static let order: [TaskStatus] = [
        .running, .starting, .initializing, .waiting, .pending, .blocked, .stalled, .iterationLimitReached,
        .budgetReached,
        .failed, .interrupted, .paused, .done,
    ]

    private var cost: StyledLine {
        let usage = model.rows.reduce(Usage()) { $0 + $1.usage }
        return StyledLine(usage.cost == nil ? "no cost" : usage.costWords)
    }

    private var place: StyledLine {
        switch model.server {
        case .none: "this machine"
        case .there(let address, _):
            StyledLine(
                Self.schemes.first(where: address.hasPrefix).map { String(address.dropFirst($0.count)) } ?? address
            )
        case .away: StyledLine("server away", .warning)
        case .asleep: StyledLine("server asleep", .warning)
        }
    }

    private static let schemes = ["http://", "https://"]

    /// As `14:05:09`.
    private var clock: StyledLine {
        StyledLine(String(model.now.iso8601.split(separator: "T").last?.prefix(8) ?? ""))
    }
}

extension TaskStatus {
    /// As few words as a count has room for.
    var shortWords: String {
        switch self {
        case .iterationLimitReached: "at limit"
        case .budgetReached: "over budget"
        case .pending, .initializing, .starting, .running, .waiting, .blocked, .paused, .stalled, .interrupted, .failed,
            .done:
            words
        }
    }
}
