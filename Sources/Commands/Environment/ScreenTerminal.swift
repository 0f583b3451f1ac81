/// The terminal behind standard input, for a command that draws on all of it.
///
/// Where it draws, and how large that is, is standard output's to say.
package protocol ScreenTerminal: Sendable {
    /// From now on keys come one by one and are not echoed, those that send signals too.
    ///
    /// Returns `nil` where standard input is no terminal.
    func takeOver() -> (any TakenTerminal)?
}

/// A terminal that was taken over; whoever has it must give it back.
package protocol TakenTerminal: Sendable {
    /// What comes from it, to be read once.
    var input: AsyncStream<TerminalInput> { get }
    /// Makes its modes what they were, and ends the input; the second time this does nothing.
    func giveBack()
}

/// What comes from a terminal.
package enum TerminalInput: Hashable, Sendable {
    /// Of keys; cut anywhere.
    case bytes([UInt8])
    case resized
    /// Nobody looks at it any more.
    case closed
}
