import Domain
import Runner
import Wire

/// What became of tasks in a time, from facts alone: what is recorded, and nothing an agent says of itself.
struct Report: Hashable, Sendable {
    /// Where a task stands, for whoever comes back to it.
    enum Standing: String, Hashable, Sendable, CaseIterable {
        /// Nothing goes on until a person does something.
        case needsYou = "needs_you"
        case doneVerified = "done_verified"
        /// Only the agent's word stands for it, or nothing was changed.
        case doneUnverified = "done_unverified"
        case stopped
        case atWork = "at_work"
        case queued
    }

    /// One task.
    struct Entry: Hashable, Sendable {
        var id: TaskID
        var callName: String
        var name: String
        var standing: Standing
        var status: TaskStatus
        var reason: Reason?
        /// Sentences for people: why it stands there, and what to do.
        var sentence: String
        var hint: String?
        /// Iterations that ended in the time of the report, and what they spent.
        var iterations: Int
        var usage: Usage
        var branch: String?
        /// `nil` where no contract has merged its work.
        var merged: MergedWork?
        var updatedAt: Timestamp
    }

    var from: Timestamp
    var to: Timestamp
    /// Those that need somebody first, then by time, the latest first.
    var entries: [Entry]

    /// Those of one standing.
    func entries(_ standing: Standing) -> [Entry] { entries.filter { $0.standing == standing } }

    var iterations: Int { entries.reduce(0) { $0 + $1.iterations } }
    var usage: Usage { entries.reduce(into: Usage()) { $0 = $0 + $1.usage } }
}

extension Report {
    /// Makes the report of the time since `from` of what is known of tasks, and of the contracts that they belong to.
    ///
    /// What needs a person and what is at work is in it, however old it is.
    init(of dossiers: [TaskDossier], contracts: [ContractView] = [], from: Timestamp, to: Timestamp) {
        self.from = from
        self.to = to
        let merged = contracts.map(\.mergedWork).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        let endings = contracts.map(\.endings).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        let all = dossiers.map { dossier in
            var dossier = dossier
            dossier.told = dossier.told ?? endings[dossier.task.id.rawValue]
            return Entry(dossier, merged: merged[dossier.task.id.rawValue], from: from, to: to)
        }
        entries =
            all.filter { entry in
                switch entry.standing {
                case .needsYou, .atWork, .queued: true
                case .doneVerified, .doneUnverified, .stopped: entry.updatedAt >= from || entry.iterations > 0
                }
            }
            .sorted { lhs, rhs in
                (lhs.standing.rank, rhs.updatedAt, lhs.id.rawValue) < (
                    rhs.standing.rank, lhs.updatedAt, rhs.id.rawValue
                )
            }
    }
}

extension Report.Standing {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Decides by what is recorded.
    init(_ dossier: TaskDossier, _ merged: MergedWork?) {
        let task = dossier.task
        let asks = dossier.talk.questions.contains { $0.answer == nil }
        switch task.status {
        case .done:
            let isChecked = task.proof == .unverified && merged?.isChecked == true
            self = task.proof == .verified || isChecked ? .doneVerified : .doneUnverified
        case .blocked: self = .needsYou
        case .pending: self = dossier.standstill == nil ? .queued : .needsYou
        case .initializing, .starting, .running, .waiting: self = asks || dossier.isOrphaned ? .needsYou : .atWork
        case .stalled, .iterationLimitReached, .budgetReached, .paused, .interrupted, .failed: self = .stopped
        }
    }

    /// As a heading.
    var title: String {
        switch self {
        case .needsYou: "Needs you"
        case .doneVerified: "Done and verified"
        case .doneUnverified: "Done, not verified"
        case .stopped: "Stopped"
        case .atWork: "At work"
        case .queued: "Queued"
        }
    }

    /// As in "3 need you".
    func counted(_ count: Int) -> String {
        switch self {
        case .needsYou: "\(count) \(count == 1 ? "needs" : "need") you"
        case .doneVerified: "\(count) done and verified"
        case .doneUnverified: "\(count) done, not verified"
        case .stopped: "\(count) stopped"
        case .atWork: "\(count) at work"
        case .queued: "\(count) queued"
        }
    }
}

extension Report.Entry {
    fileprivate init(_ dossier: TaskDossier, merged: MergedWork?, from: Timestamp, to: Timestamp) {
        let task = dossier.task
        let explanation = dossier.standstill ?? task.reason?.explanation(task: dossier.call)
        let ended = dossier.iterations.filter { record in record.endedAt.map { $0 >= from && $0 <= to } ?? false }
        let question = task.status.isActive ? dossier.talk.questions.first { $0.answer == nil } : nil
        id = task.id
        callName = dossier.callName
        name = task.spec.name
        standing = Report.Standing(dossier, merged)
        self.merged = task.status == .done ? merged : nil
        status = task.status
        reason = task.reason
        sentence =
            question.map { "The agent asks: \($0.asked.text.firstLine(upTo: 200))" }
            ?? explanation?.sentence ?? task.wait?.sentence ?? ""
        hint =
            question.map { "makima answer \(dossier.callName) --question \($0.number) …" } ?? explanation?.hint
        iterations = ended.count { $0.outcome?.counted ?? false }
        usage = ended.compactMap(\.outcome?.agent.usage).reduce(into: Usage()) { $0 = $0 + $1 }
        branch = task.branch
        updatedAt = task.updatedAt
    }
}

extension Report.Entry {
    /// What is told below it: why it stands there, where that says more than its heading, and what became of its work.
    var remarks: [String] {
        let why: String? =
            switch standing {
            case .needsYou, .stopped, .doneUnverified: sentence
            case .doneVerified, .atWork, .queued: nil
            }
        return [why, merged?.sentence].compactMap(\.self).filter { !$0.isEmpty }
    }

    /// What to do, where something is to be done.
    var advice: String? {
        switch standing {
        // What is merged is looked at in its branch.
        case .doneUnverified: merged == nil ? hint : nil
        case .needsYou, .stopped: hint
        case .doneVerified, .atWork, .queued: nil
        }
    }
}
