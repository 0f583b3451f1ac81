package import Domain

/// How a supervised process ended, as its shim recorded it.
package struct ExitRecord: Hashable, Sendable {
    /// Why it ended.
    package enum Cause: String, Hashable, Sendable {
        /// By itself.
        case exited
        /// makima asked it to end.
        case interrupted
        /// Its deadline passed.
        case deadline
        /// makima was gone.
        case ownerLost = "owner_lost"
        /// makima killed it.
        case killed
        /// Unknown: the shim was killed before it could tell.
        ///
        /// Its guard, where it has one, has ended what was left.
        case lost
    }

    package var cause: Cause
    /// `nil` when it is lost.
    package var status: ExitStatus?
    package var duration: Duration
    /// Of the process and those of its children that it waited for.
    package var cpuTime: Duration
    /// The largest resident set among the same processes.
    package var maxResidentBytes: Int
    /// How many processes could not be killed, because they belong to another user or are stuck in the kernel.
    package var survivors: Int
    /// How many processes a killed shim left behind that its guard ended.
    package var strays = 0
    /// Why output could not be kept, such as a full disk: an errno.
    package var lostOutput: Int32?
    /// What the kernel did at the limits of its control group; of the shim's record it is no part.
    package var limitHits: LimitHits?

    package init(
        cause: Cause,
        status: ExitStatus?,
        duration: Duration = .zero,
        cpuTime: Duration = .zero
    ) {
        self.cause = cause
        self.status = status
        self.duration = duration
        self.cpuTime = cpuTime
        maxResidentBytes = 0
        survivors = 0
    }

    package static let lost = ExitRecord(cause: .lost, status: nil)
}

/// One line of the shim's record, with the names that `record.h` gives.
struct ExitRecordLine: Decodable {
    private var started: Int32?
    private var errno: Int32?
    private var exit: Int32?
    private var signal: Int32?
    private var cause: String?
    private var elapsedMilliseconds: Int64?
    private var userMilliseconds: Int64?
    private var systemMilliseconds: Int64?
    private var maxResidentKibibytes: Int?
    private var survivors: Int?
    private var ended: Int?
    private var lostOutput: Int32?
    private(set) var pipes: [UInt64]?

    private enum CodingKeys: String, CodingKey {
        case started, errno, exit, signal, cause, survivors, ended, pipes
        case lostOutput = "lost_output"
        case elapsedMilliseconds = "elapsed_ms"
        case userMilliseconds = "user_ms"
        case systemMilliseconds = "system_ms"
        case maxResidentKibibytes = "max_rss_kib"
    }

    /// What the line says, `nil` when that is nothing known.
    var state: Spool.State? {
        if started != nil { return .started }
        if let cause = cause.flatMap(ExitRecord.Cause.init(rawValue:)), status != nil || cause == .lost {
            return .ended(ending(cause, status))
        }
        if let errno { return .launchFailed(errno: errno) }
        return nil
    }

    private var status: ExitStatus? {
        exit.map { .code($0) } ?? signal.map { .signal($0) }
    }

    private func ending(_ cause: ExitRecord.Cause, _ status: ExitStatus?) -> ExitRecord {
        var record = ExitRecord(
            cause: cause,
            status: status,
            duration: .milliseconds(elapsedMilliseconds ?? 0),
            cpuTime: .milliseconds((userMilliseconds ?? 0) + (systemMilliseconds ?? 0))
        )
        record.maxResidentBytes = (maxResidentKibibytes ?? 0) << 10
        record.survivors = survivors ?? 0
        record.strays = ended ?? 0
        record.lostOutput = lostOutput == 0 ? nil : lostOutput
        return record
    }
}
