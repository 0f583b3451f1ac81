/// The work of one task that is to be merged.
package struct WireMergeEntry: WireRecord {
    package var taskId = ""
    package var taskName = ""
    package var touches: [String] = []
    package var checks: [WireCheck] = []
    package var patch: WirePatch?

    package init() {}

    package static let recordName = "mergeEntry"
    package static let meaning = "The work of one task that is to be merged with that of others."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("taskName", &taskName, .label, "The subject of its commit.")
        try fields.list(
            "touches",
            &touches,
            .list(.text(upTo: WireLimits.path, from: 1), upTo: WireLimits.list),
            "Patterns of git of the only paths that the work may change; all where left out."
        )
        try fields.list(
            "checks",
            &checks,
            .list(.record, upTo: WireLimits.checks),
            "What must pass on the whole as well, where the work fits; their names are unique within the command."
        )
        try fields.optional(
            "patch",
            &patch,
            .record,
            "The work, where the daemon does not have it; else it is looked for in the repository."
        )
    }
}

/// What has become of work that was to be merged together.
package struct WireMergeReport: WireRecord {
    package var verdict = ""
    package var targetFails = false
    package var obstacle: String?
    package var paths: [String] = []
    package var before: String?
    package var after: String?
    package var entries: [WireMergeOutcome] = []
    package var receipts: [WireReceipt] = []

    package init() {}

    package static let recordName = "mergeReport"
    package static let meaning = "What has become of work that was to be merged together."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "verdict",
            &verdict,
            .identifier,
            """
            `merged`; `unchanged`: nothing had to be merged; `checks_failed`; `not_evaluated`: a check could not be evaluated; \
            `obstructed`. Others may come.
            """
        )
        try fields.defaulted(
            "targetFails",
            &targetFails,
            .flag,
            else: false,
            "Of `checks_failed`: the branch alone does not pass either."
        )
        try fields.optional(
            "obstacle",
            &obstacle,
            .identifier,
            "Of `obstructed`: `checkout_dirty`, `filtered_checkout`, `branch_moved` or `branch_missing`; others may come."
        )
        try fields.list("paths", &paths, .list(.foundPath, upTo: WireLimits.list), "The files of the obstacle.")
        try fields.optional("before", &before, .commit, "Where the branch was; left out where there is none.")
        try fields.optional("after", &after, .commit, "Where it is; as before where nothing was merged.")
        try fields.list(
            "entries",
            &entries,
            .list(.record, upTo: WireLimits.checks),
            "Of each task, in the order of the command."
        )
        try fields.list(
            "receipts",
            &receipts,
            .list(.record, upTo: WireLimits.list),
            "Of the checks on the whole; then of those that failed, on the branch alone: their `tree` is another."
        )
    }
}

/// What has become of the work of one task.
package struct WireMergeOutcome: WireRecord {
    package var taskId = ""
    package var outcome = ""
    package var commit: String?
    package var paths: [String] = []
    package var rivals: [WireMergeRival] = []

    package init() {}

    package static let recordName = "mergeOutcome"
    package static let meaning = "Whether the work of a task could be put on top of what stood before it."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required(
            "outcome",
            &outcome,
            .identifier,
            """
            `fits`: in the branch where `merged`; `present`: the branch had it; `conflict`; `outside`: it changes paths that it \
            must not touch; `missing`: there is no such work. Others may come.
            """
        )
        try fields.optional("commit", &commit, .commit, "Of `fits`.")
        try fields.list(
            "paths",
            &paths,
            .list(.foundPath, upTo: WireLimits.list),
            "Of `conflict` and `outside`; fewer where a message would be too large."
        )
        try fields.list(
            "rivals",
            &rivals,
            .list(.record, upTo: WireLimits.list),
            "Of `conflict`: the latest commits of the branch that changed the same paths."
        )
    }
}

/// A commit of a branch that work is in conflict with.
package struct WireMergeRival: WireRecord {
    package var commit = ""
    package var taskId: String?

    package init() {}

    package static let recordName = "mergeRival"
    package static let meaning = "A commit of a branch that work is in conflict with."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("commit", &commit, .commit, "The commit.")
        try fields.optional("taskId", &taskId, .taskID, "Whose work it is; left out where makima did not merge it.")
    }
}
