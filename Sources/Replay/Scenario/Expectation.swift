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
    var secondResume: SecondResume = .any
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

    /// Which conversation the second start is to go on with.
    enum SecondResume: Hashable, Sendable {
        case any
        /// A new one.
        case none
        case session(String)
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
