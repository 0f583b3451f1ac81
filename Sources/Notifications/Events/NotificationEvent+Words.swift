import Domain

extension NotificationEvent {
    /// One line that says it all, where there is no more room.
    package var title: String {
        switch kind {
        case .test: "makima: a test"
        case .heldBack: "makima: \(heldBack) held back"
        case .done, .question, .permission, .blocked, .cannotBegin, .failed, .stalled, .budgetReached,
            .iterationLimitReached,
            .interrupted, .paused, .waiting:
            "\(subject?.name ?? "") \(kind.predicate(reason: subject?.reason))"
        }
    }

    /// The lines below the title, each in one line.
    var lines: [String] {
        let held = heldBack > 0 && kind != .heldBack ? "\(Self.words(for: heldBack)) held back before." : nil
        return [sentence, hint, facts, held, page].compactMap { $0 }
    }

    /// Where the task can be looked at.
    var page: String? {
        guard let dashboard = origin.dashboard, let subject else { return nil }
        return "\(dashboard)/tasks/\(subject.task)"
    }

    private var facts: String {
        guard let subject else { return "On \(origin.host)." }
        let parts = [
            "Task \(subject.callName)", subject.iterations == 1 ? "1 iteration" : "\(subject.iterations) iterations",
            subject.cost?.formatted, subject.branch.map { "branch \($0)" }, subject.repository, "on \(origin.host)",
        ]
        return parts.compactMap { $0 }.joined(separator: " · ")
    }
}
