/// One line of a task's history.
package struct TaskEvent: Hashable, Sendable, Codable {
    package var at: Timestamp
    package var status: TaskStatus
    package var reason: Reason?
    package var iteration: Int
    package var run: Int

    package init(at: Timestamp, status: TaskStatus, reason: Reason?, iteration: Int, run: Int) {
        self.at = at
        self.status = status
        self.reason = reason
        self.iteration = iteration
        self.run = run
    }
}
