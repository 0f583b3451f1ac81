/// The work of several tasks is to be merged together.
package struct MergeTasks: WireMessage {
    package var id = ""
    package var lane = ""
    package var repoUrl: String?
    package var targetRepoPath: String?
    package var targetBranch = ""
    package var entries: [WireMergeEntry] = []
    package var checks: [WireCheck] = []
    package var sandbox: WireSandbox?
    package var checkTimeoutMilliseconds: Duration?

    package init() {}

    package static let type = "mergeTasks"
    package static let meaning = """
        The work of several tasks is put on top of each other and of a branch, checked as a whole, and the branch is moved there by a \
        fast-forward: to one commit of one task, or to a merge of one commit for each. What does not fit is left out and told. \
        Without entries, the branch alone is checked. The answer comes when that is over, and has `merge`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("id", &id, .identifier, "Names the command.")
        try fields.required(
            "lane",
            &lane,
            .identifier,
            "Merges of one lane are carried out one after the other, beside everything else."
        )
        try fields.optional(
            "repoUrl",
            &repoUrl,
            .repositoryURL,
            "The repository: its branch is moved by a push, never by force."
        )
        try fields.optional(
            "targetRepoPath",
            &targetRepoPath,
            .absolutePath,
            "The repository on the daemon's machine; one of both is needed, and this one comes first."
        )
        try fields.required("targetBranch", &targetBranch, .branch, "What is merged into.")
        try fields.list("entries", &entries, .list(.record, upTo: WireLimits.checks), "In this order.")
        try fields.list("checks", &checks, .list(.record, upTo: WireLimits.checks), "What must pass on the whole.")
        try fields.optional("sandbox", &sandbox, .record, "Of the checks; the daemon's own where left out.")
        try fields.optional(
            "checkTimeoutMilliseconds",
            &checkTimeoutMilliseconds,
            .milliseconds,
            "One execution of one check; the daemon's own where left out."
        )
    }

    package func validate() throws(WireError) {
        if repoUrl == nil, targetRepoPath == nil { throw .field(path: "", .inconsistent(.repositoryMissing)) }
    }
}

/// A piece of work on its way to the daemon, before the `mergeTasks` that needs it.
package struct MergePart: WireMessage {
    package var id = ""
    package var lane = ""
    package var part = PatchPart()

    package init() {}

    package static let type = "mergePart"
    package static let meaning = """
        A piece of the work that the next `mergeTasks` of the same lane will name by its SHA-256. The pieces come in order, each \
        acknowledged like any command; the daemon drops them when that merge is answered, or does not come.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("id", &id, .identifier, "Names the command.")
        try fields.required("lane", &lane, .identifier, "Of the merge; the piece takes its place in it.")
        try part.visit(&fields)
    }

    package func validate() throws(WireError) { try part.validate() }
}
