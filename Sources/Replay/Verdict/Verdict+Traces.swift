import Domain

/// What a play left on the machine and told the person.
extension Verdict {
    private static let lateness = Duration.seconds(10)

    mutating func compareProcesses(_ played: Played, _ expectation: Expectation) {
        if let most = expectation.mostWallTime, played.wallTime > most {
            note("wall time", "\(most) or less", "\(played.wallTime)")
        }
        if let most = expectation.mostCancelTime {
            // On a busy machine the programs of the play themselves are late.
            if let time = played.cancelTime, time <= most + Self.lateness {
            } else {
                note("time to stop", "\(most) or less", played.cancelTime.map { "\($0)" } ?? "no stop")
            }
        }
        // Nothing may be left after any play, whether the scenario says so or not.
        compare("processes left", expectation.survivors ?? 0, played.survivors)
        if let most = expectation.mostMemory, played.peakMemory > most {
            note("memory", "\(most) MB or less", "\(played.peakMemory) MB")
        }
    }

    mutating func compareWorkspace(_ played: Played, _ expectation: Expectation) {
        for path in expectation.paths where !played.paths.contains(path) { note("tree", path, "none") }
        if !played.isRepositoryUntouched, played.task?.spec.completion != .merge {
            note("the user's repository", "as it was", "changed")
        }
        if let words = expectation.messageContains {
            let explanation = played.task?.reason?.explanation(task: "replay")
            let message = [explanation?.sentence, explanation?.hint].compactMap { $0 }.joined(separator: " ")
            if !message.contains(words) { note("message", "'\(words)' in it", "'\(message)'") }
        }
    }
}
