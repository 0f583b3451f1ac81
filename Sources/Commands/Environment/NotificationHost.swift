package import Domain

/// Tells people who do not look on, as the configuration has it.
package protocol NotificationHost: Sendable {
    /// What tells of a run on this machine; `nil` where no target is configured.
    func openNotifier() throws -> (any RunNotifier)?
    /// All that are configured, by name.
    func notificationTargets() throws -> [NotificationTarget]
    /// Sends a test; returns what kept it from arriving, `nil` where it is there.
    func sendTest(to target: NotificationTarget) async throws -> String?
}

/// Tells targets of one run.
package protocol RunNotifier: Sendable {
    /// Tells of moments as they come, and returns when all is told, or not long after they have ended.
    ///
    /// `report` is told in one sentence each what could not be told.
    func tell(_ moments: AsyncStream<TaskMoment>, report: @escaping @Sendable (String) -> Void) async
}
