import Domain

extension Report {
    /// As `4 done and verified · 1 stopped`.
    var headline: String {
        let parts = Standing.allCases.compactMap { standing -> String? in
            let count = entries(standing).count
            return count == 0 ? nil : standing.counted(count)
        }
        return parts.isEmpty ? "Nothing has happened." : parts.joined(separator: " · ")
    }

    /// As `7 iterations · $1.20 · 12.3k tokens`.
    var spending: String {
        [iterations.counted("iteration"), usage.words(within: Budgets())].compactMap { $0 }.joined(separator: " · ")
    }

    /// As `2026-03-01 22:00 UTC to 2026-03-02 07:00 UTC`.
    var period: String { "\(from.formattedUTC) to \(to.formattedUTC)" }

    func lines(columns: Int) -> [StyledLine] {
        var lines = [StyledLine("Report", .strong) + StyledLine("  \(period)", .faint), StyledLine(headline)]
        lines.append(StyledLine(spending, .faint))
        for standing in Standing.allCases {
            let some = entries(standing)
            guard !some.isEmpty else { continue }
            lines += ["", StyledLine(standing.title, standing.style)]
            lines += some.flatMap { $0.lines }
        }
        return lines.flatMap { $0.wrapped(to: columns, indentation: 10) }
    }
}

extension Report.Standing {
    fileprivate var style: Style {
        switch self {
        case .needsYou: .warning
        case .doneVerified: .good
        case .doneUnverified, .stopped, .atWork, .queued: .strong
        }
    }
}

extension Report.Entry {
    /// As `3 iterations · $0.42`; of the time of the report.
    var effort: String {
        let spent = usage.words(within: Budgets())
        return ([iterations.counted("iteration")] + [spent].compactMap { $0 }).joined(separator: " · ")
    }

    fileprivate var lines: [StyledLine] {
        var lines = [
            StyledLine("  \(callName)  ", .accent) + StyledLine("\(name.firstLine(upTo: 100))  ")
                + StyledLine(branch.map { "\(effort) · \($0)" } ?? effort, .faint)
        ]
        lines += remarks.map { StyledLine("          \($0)") }
        if let advice { lines.append(StyledLine("          → \(advice)", .faint)) }
        return lines
    }
}
