/// How long an answer, or the end of a program, is waited for, and what is done about it meanwhile.
package struct Patience: Sendable {
    package var timeout: Duration
    /// How often ``reminder`` is called meanwhile.
    package var interval: Duration
    /// Runs on a queue of its own, never twice at once.
    package var reminder: (@Sendable () -> Void)?

    package init(timeout: Duration, interval: Duration = .seconds(5), reminder: (@Sendable () -> Void)? = nil) {
        self.timeout = timeout
        self.interval = interval
        self.reminder = reminder
    }
}
