import Domain
import Runner

/// The lines at the bottom of the terminal that say where a run stands.
enum StatusBlock {
    /// Returns the lines, each no wider than `columns`; none once the run is finished.
    static func lines(of progress: RunProgress, elapsed: Duration, columns: Int) -> [StyledLine] {
        guard !progress.isFinished else { return [] }
        return [
            StyledLine(String(repeating: "─", count: max(0, columns)), .faint),
            position(of: progress, elapsed: elapsed),
            activity(of: progress, elapsed: elapsed),
            surroundings(of: progress),
        ]
    }

    private static func position(of progress: RunProgress, elapsed: Duration) -> StyledLine {
        var parts: [String] = []
        if let iteration = progress.iteration {
            parts.append("iteration \(iteration.number) of \(iteration.limit)")
            parts.append((elapsed - iteration.began).inWholeSeconds)
            parts.append("total \(elapsed.inWholeSeconds)")
        } else {
            parts.append("before the first iteration")
            parts.append(elapsed.inWholeSeconds)
        }
        if let usage = progress.usage.words(within: progress.task.spec.budgets) { parts.append(usage) }
        return StyledLine(" " + parts.joined(separator: " · "), .strong)
    }

    private static func activity(of progress: RunProgress, elapsed: Duration) -> StyledLine {
        let activity = progress.currentActivity
        return StyledLine(" \(spinner(at: elapsed)) ", .accent)
            + StyledLine("\((elapsed - activity.began).inWholeSeconds) ", .faint)
            + StyledLine(activity.title)
    }

    private static func surroundings(of progress: RunProgress) -> StyledLine {
        var line = StyledLine(" ")
        for check in progress.task.spec.checks {
            guard let verdict = progress.verdicts[check.name] else { continue }
            line = line + verdict.mark + StyledLine(" \(check.title) · ", .faint)
        }
        if let change = progress.lastChange { line = line + StyledLine("\(change.words) · ", .faint) }
        if let sandbox = progress.sandbox {
            line = line + StyledLine("sandbox \(sandbox.description) · ", sandbox == .off ? .bad : .faint)
        }
        return line
            + StyledLine(progress.isStopping ? "stopping; Ctrl-C kills" : "Ctrl-C stops gently", .faint)
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
