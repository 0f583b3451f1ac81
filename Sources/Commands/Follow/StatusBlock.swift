import Domain
import Runner

/// The lines at the bottom of the terminal that say where a run stands.
enum StatusBlock {
    /// Returns the lines, cut to `columns` by whoever draws them; none once the run is finished.
    static func lines(of progress: RunProgress, elapsed: Duration, columns: Int) -> [StyledLine] {
        guard !progress.isFinished else { return [] }
        return [
            StyledLine(String(repeating: "─", count: max(0, columns)), .faint),
            position(of: progress, elapsed: elapsed),
            activity(of: progress, elapsed: elapsed),
            results(of: progress),
            surroundings(of: progress),
        ]
        .compactMap { $0 }
    }

    private static func position(of progress: RunProgress, elapsed: Duration) -> StyledLine {
        guard let iteration = progress.iteration else {
            return StyledLine(" before the first iteration · \(elapsed.inWholeSeconds)", .strong)
        }
        let time = "\((elapsed - iteration.began).inWholeSeconds) · total \(elapsed.inWholeSeconds)"
        let words = LoopLimits.words(used: iteration.number, most: iteration.limit)
        return StyledLine(" iteration \(words)", .strong) + StyledLine(" · \(time)")
    }

    private static func activity(of progress: RunProgress, elapsed: Duration) -> StyledLine {
        let activity = progress.currentActivity
        return StyledLine(" \(spinner(at: elapsed)) ", .accent)
            + StyledLine("\((elapsed - activity.began).inWholeSeconds)  ", .faint) + StyledLine(activity.title)
    }

    /// Spending, verdicts and change size, as far as there are any yet.
    private static func results(of progress: RunProgress) -> StyledLine? {
        var parts: [StyledLine] = []
        if let usage = progress.usage.words(within: progress.task.spec.budgets) { parts.append(StyledLine(usage)) }
        if let change = progress.lastChange { parts.append(StyledLine(change.words)) }
        for check in progress.task.spec.checks {
            guard let verdict = progress.verdicts[check.name] else { continue }
            parts.append(verdict.mark + StyledLine(" \(check.title)"))
        }
        guard let first = parts.first else { return nil }
        return parts.dropFirst().reduce(" " + first) { $0 + StyledLine(" · ", .faint) + $1 }
    }

    private static func surroundings(of progress: RunProgress) -> StyledLine {
        let stopping = progress.isStopping ? "stopping; Ctrl-C kills" : "Ctrl-C stops gently"
        guard let sandbox = progress.sandbox else { return StyledLine(" \(stopping)", .faint) }
        return StyledLine(" sandbox \(sandbox.description)", sandbox == .off ? .bad : .faint)
            + StyledLine(" · \(stopping)", .faint)
    }

    /// Turns once a second, so that it shows life and not haste.
    private static func spinner(at elapsed: Duration) -> String {
        let frames = ["◐", "◓", "◑", "◒"]
        return frames[Int(elapsed.milliseconds / 1000 % 4)]
    }
}

extension Duration {
    /// As ``formatted``, but without tenths: a figure that is redrawn must not flicker.
    var inWholeSeconds: String {
        milliseconds < 10_000 ? "\(max(0, milliseconds) / 1000) s" : formatted
    }
}
