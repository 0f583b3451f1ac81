package import Domain
package import Workspaces

/// The work of several tasks that is to be merged together on this machine.
package struct BatchJob: Sendable {
    package var batch: MergeBatch
    /// Jobs of one lane come one after the other: they share a directory and the names in the repository.
    package var lane: String
    /// The user's repository, or a bare one of the daemon's; absolute.
    package var repository: String
    /// Whose branch is moved instead of the repository's own.
    package var remote: IntegrationRemote?
    /// How the checks are confined.
    package var sandbox: SandboxSpec
    /// Of checks that name no time-out of their own.
    package var checkTimeout: Duration
    /// Work that came from elsewhere, because this machine does not have it; its files stay until the job is over.
    package var sent: [TaskID: SentWork] = [:]

    package init(
        _ batch: MergeBatch,
        lane: String,
        repository: String,
        sandbox: SandboxSpec,
        checkTimeout: Duration
    ) {
        self.batch = batch
        self.lane = lane
        self.repository = repository
        self.sandbox = sandbox
        self.checkTimeout = checkTimeout
    }
}

extension StateDirectory {
    /// Where the jobs of one lane are carried out; the name is that of the job in the repository too, where other makimas may be
    /// at work.
    func merge(lane: String) -> (id: TaskID, directory: TaskDirectory) {
        // Hexadecimal digits are of the alphabet of ids.
        let name = String(SHA256Digest(of: "\(root)\n\(lane)").description.prefix(10))
        guard let id = TaskID(rawValue: name) else { preconditionFailure("'\(name)' is no id") }
        return (id, TaskDirectory(root: "\(merges)/\(id)"))
    }
}
