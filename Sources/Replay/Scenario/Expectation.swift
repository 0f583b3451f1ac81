/// What the loop must make of a play; `nil` and empty mean that nothing is expected.
struct Expectation: Sendable {
    var status = ""
    var reason: String?
    /// `any` stands for whichever.
    var proof: String?
    /// Iterations that count.
    var iterations: Int?
    /// Processes started.
    var starts: Int?
    /// The status at the end of a task that waited first.
    var then: String?
    var flags: [String] = []
    /// How the first start was ended by makima.
    var firstStartEnded: String?
    /// The conversation that the second start is to go on with.
    var secondResume: Session = .any
    /// The conversation that a later run may go on with.
    var session: Session = .any
    var waits: Waits = Waits()
    var nextPromptMentions: String?
    var messageContains: String?
    /// Wall-clock time of the whole play.
    var mostWallTime: Duration?
    var mostCancelTime: Duration?
    var survivors: Int?
    var mostMemory: Int?
    var absentVariables: [String] = []
    var absentArguments: [String] = []
    var settingSources: String?
    var leastCheckpoints: Int?
    /// In the branch of the result, or else in the last checkpoint.
    var paths: [String] = []
    var isResumable: Bool?

    enum Session: Hashable, Sendable {
        case any
        /// None, or a new one.
        case none
        case named(String)
    }

    struct Waits: Hashable, Sendable {
        var count: Int?
        /// The end of the first wait.
        var until: LocalTime?
        var longest: Duration?
        var leastGap: Duration?
        var mostGap: Duration?
        var backoff: String?
    }
}
