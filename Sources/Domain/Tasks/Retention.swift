/// How long what a task leaves on this machine stays there after its last change; `nil` is for ever.
package struct Retention: Hashable, Sendable {
    /// Workspaces with the agents' homes, and refs of tasks that are forgotten.
    package var workspaces: Duration?
    /// Prompts, output and check logs.
    package var logs: Duration?

    package init(workspaces: Duration? = nil, logs: Duration? = nil) {
        self.workspaces = workspaces
        self.logs = logs
    }
}
