package import Domain

/// How much of the disk the files of a task may take, and how often that is looked at.
package struct DiskAllowance: Hashable, Sendable {
    /// In MiB.
    private let limit: Int

    /// `nil` where there is no limit.
    package init?(_ limit: Int?) {
        guard let limit else { return nil }
        self.limit = limit
    }

    /// What is wrong where `used` bytes are too many.
    package func excess(of used: Int) -> EnvironmentProblem? {
        let whole = used >> 20 + (used & (1 << 20 - 1) == 0 ? 0 : 1)
        return whole > limit ? .diskLimit(used: whole, limit: limit) : nil
    }

    /// How long nobody looks after the look `number`, from 0, which took `time`.
    ///
    /// At first soon, for a disk is full quickly; and never so often that looking is work worth mentioning.
    package static func pause(afterLook number: Int, taking time: Duration) -> Duration {
        max(.seconds(min(20, 1 << min(number, 5))), time * 20)
    }
}
