import Domain
import Runner

/// What came of a play.
struct Played: Sendable {
    /// Why makima refused to begin or to go on; everything else is as it was then.
    var refusal: String?
    /// How each phase ended.
    var phases: [TaskRecord] = []
    var dossier: TaskDossier?
    var starts: [AgentStart] = []
    var waits: [Witness.Wait] = []
    var wallTime = Duration.zero
    /// From a person's wish to stop to the end.
    var cancelTime: Duration?
    /// Processes of the task that are left.
    var survivors = 0
    /// Megabytes that the process which played used at most, beyond what it used before.
    var peakMemory = 0
    /// Paths of the result, or else of the last checkpoint.
    var paths: Set<String> = []
    /// The user's repository is as it was, but for what makima may add.
    var isRepositoryUntouched = true

    var task: TaskRecord? { phases.last }
}
