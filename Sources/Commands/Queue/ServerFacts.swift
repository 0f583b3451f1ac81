import Domain
import Wire

/// What a server adds to what is known of a task: where it is, and what it waits for.
struct ServerFacts: Hashable, Sendable {
    let address: String
    let view: TaskView
    /// Whether this machine has the task's files, as the server knows them.
    var isHere = false

    /// As `local (attempt 2)`; what it had before where nobody has it now.
    var place: String {
        if let daemon = view.daemonId { return "\(daemon) (attempt \(view.attempt))" }
        if let home = view.home { return "none now; '\(home)' has its files" }
        return view.attempt == 0 ? "none yet" : "none now"
    }

    /// Where its files are; `nil` where there are none.
    var workspace: String? { (view.daemonId ?? view.home).map { "at the daemon '\($0)'" } }

    /// A sentence for a task that has no reason yet.
    var standing: String {
        guard view.daemonId == nil else {
            return "It is handed to the daemon '\(view.daemonId ?? "")', which begins it."
        }
        return view.waitsFor.isEmpty
            ? "It waits in the server's queue for a daemon." : "It waits in the server's queue."
    }

    /// The same for each page.
    var rows: [(name: String, value: StyledLine)] {
        var rows = [("server", StyledLine(address)), ("daemon", StyledLine(place))]
        rows += view.waitsFor.map { ("waits for", StyledLine($0, .warning)) }
        rows += view.contractStanding.map { ("contract", StyledLine($0)) }
        if view.losses > 0 {
            let times = view.losses.counted("attempt")
            rows.append(("lost", StyledLine("\(times) in a row, with their daemons", .warning)))
        }
        return rows.map { (name: $0.0, value: $0.1) }
    }

    var json: JSONValue {
        .fields([
            ("url", .text(address)), ("attempt", .whole(view.attempt)), ("daemon", .text(view.daemonId)),
            ("home", .text(view.home)), ("isHere", .flag(isHere)), ("waitsFor", .texts(view.waitsFor)),
            ("contract", .text(view.contractId)), ("contractStanding", .texts(view.contractStanding)),
            ("mergeWaitsFor", .text(view.mergeWaitsFor)),
            ("priority", .whole(view.priority)), ("labels", .texts(view.labels)),
            ("dependencies", .texts(view.dependencies.map(\.taskId))), ("merged", .flag(view.merged)),
            ("losses", .whole(view.losses)),
        ])
    }
}

extension TaskView {
    /// How its contract ended it; `nil` where it did not.
    var told: Explanation? { endedWithContract ? reason?.words : nil }

    /// A task that no daemon has yet, as people call that.
    var statusLine: StyledLine {
        guard status == .pending else {
            let code = reason.flatMap { $0.code == status.rawValue ? nil : $0.code.spokenCode }
            let line = status.mark + StyledLine(" \(status.words)")
            return code.map { line + ":" + StyledLine(" \($0)", .faint) } ?? line
        }
        return status.mark + StyledLine(daemonId == nil ? " queued" : " handed over")
    }
}

extension ContractTaskView {
    /// As that of a ``TaskView``.
    var told: Explanation? { endedWithContract ? reason?.words : nil }
}

extension WireReason {
    fileprivate var words: Explanation { Explanation(message, hint: hint) }
}
