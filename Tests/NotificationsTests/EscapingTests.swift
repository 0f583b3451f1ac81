import Testing

@testable import Notifications

struct EscapingTests {
    /// A mark that is combined with a sign makes another character of it, and leaves the sign where it is.
    @Test func aCombiningMarkHidesNoSign() {
        #expect("<\u{301}b & c".escapingScalars(["<": "&lt;", "&": "&amp;"]) == "&lt;\u{301}b &amp; c")
    }
}
