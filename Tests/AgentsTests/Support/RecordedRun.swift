import Agents
import Domain
import Processes
import Testing

/// How a recorded run ended, and what is to be read out of it.
struct RecordedRun: CustomTestStringConvertible, Sendable {
    let name: String
    let cause: AgentExit.Cause
    let end: IterationEnd
    /// How the final message ends, for ends that have one.
    var message: String?
    /// How the id of its conversation ends.
    var session: String?
    var tokens: Int?

    /// `exit` is an exit code, or a signal where it is negative.
    init(_ name: String, exit: Int32 = 0, _ end: IterationEnd, saying message: String? = nil, in session: String? = nil)
    {
        self.init(name, .exited(exit < 0 ? .signal(-exit) : .code(exit)), end, saying: message, in: session)
    }

    init(
        _ name: String,
        _ cause: AgentExit.Cause,
        _ end: IterationEnd,
        saying message: String? = nil,
        in session: String? = nil
    ) {
        self.name = name
        self.cause = cause
        self.end = end
        self.message = message
        self.session = session
    }

    /// A run that was ended from outside because it did nothing any more.
    static func hung(_ name: String, in session: String? = nil) -> RecordedRun {
        RecordedRun(name, .deadline(.iteration), .timeout(.iteration), in: session)
    }

    func spending(_ tokens: Int) -> RecordedRun {
        var run = self
        run.tokens = tokens
        return run
    }

    var testDescription: String { name }

    func check(of program: String) throws {
        let outcome = try Transcript(name, of: program).outcomeBehindCommand(cause)
        #expect(outcome.end == end)
        Self.check(outcome.finalMessage, endsIn: message)
        Self.check(outcome.sessionID, endsIn: session)
        #expect(outcome.usage == Usage(tokens: tokens))
    }

    private static func check(_ text: String?, endsIn expected: String?) {
        if let text, let expected { #expect(text.hasSuffix(expected)) } else { #expect(text == expected) }
    }
}
