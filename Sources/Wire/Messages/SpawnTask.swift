package import Domain

/// A daemon is to run a task.
package struct SpawnTask: TaskCommand {
    package var head = CommandHead()
    package var taskName = ""
    package var plan = ""

    package var repoUrl: String?
    package var targetRepoPath: String?
    package var baseBranch: String?
    package var baseSha: String?
    package var targetBranch: String?
    package var includeChanges = false
    package var copyFiles: [String] = []
    package var setupCommand: String?
    package var completionAction = CompletionAction.branch
    package var forge: WireForge?

    package var role = TaskRole.task
    package var parentTaskId: String?
    package var depth = 0
    package var contractId: String?
    package var continueFromTaskId: String?

    package var autonomousLoop = true
    package var maxIterations: Int?
    package var noChangeThreshold: Int?
    package var sameErrorThreshold: Int?
    package var budgets: WireBudgets?
    package var timeouts: WireTimeouts?
    package var waits = true
    package var onStall: StallStrategy?

    package var checks: [WireCheck] = []
    package var protected: [String] = []

    package var agent = WireAgent()
    package var otherAgent: WireAgent?
    package var choices: [WireAgent] = []
    package var context = ContextMode.continue
    package var rotation: WireRotation?
    package var permissions = PermissionMode.full
    package var questions: WireQuestionPolicy?
    package var prompts: WirePrompts?
    package var sandbox: WireSandbox?
    package var redactedVariables: [String] = []

    package var standing: WireStanding?
    package var resumeSession = false
    package var conversationHistory: [WireTurn] = []
    package var patchFormat: PatchFormat?
    package var patchBaseSha: String?
    package var patchSize: Int?
    package var patchSha256: String?
    package var patchData: [UInt8]?

    package init() {}

    package static let type = "spawnTask"
    package static let meaning = """
        The daemon is to run a task, from this message alone: it makes a workspace, lets the agent work, and reports. It answers \
        when the task is on its disk, not when it is over. What is left out and has no default is as the daemon's configuration says.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try visitPlan(&fields)
        try visitPlace(&fields)
        try visitLimits(&fields)
        try visitAgent(&fields)
        try visitPast(&fields)
    }

    package func validate() throws(WireError) {
        if repoUrl == nil, targetRepoPath == nil { throw .field(path: "", .inconsistent(.repositoryMissing)) }
        let parts = [patchFormat != nil, patchBaseSha != nil, patchSize != nil, patchSha256 != nil]
        guard Set(parts).count == 1, parts[0] || patchData == nil else {
            throw .field(path: "", .inconsistent(.patchIncomplete))
        }
        do throws(WireError) {
            try patch?.validate()
        } catch {
            guard case .field(_, let problem) = error else { throw error }
            throw .field(path: "patchData", problem)
        }
    }

    /// The work that the task begins with; `nil` is the base alone.
    package var patch: WirePatch? {
        get {
            guard let patchFormat, let patchBaseSha, let patchSize, let patchSha256 else { return nil }
            var patch = WirePatch()
            patch.format = patchFormat
            patch.baseSha = patchBaseSha
            patch.size = patchSize
            patch.sha256 = patchSha256
            patch.data = patchData
            return patch
        }
        set {
            patchFormat = newValue?.format
            patchBaseSha = newValue?.baseSha
            patchSize = newValue?.size
            patchSha256 = newValue?.sha256
            patchData = newValue?.data
        }
    }
}
