import Wire

// Apart, because Fleet has a word of the same name.
extension WireHeldAttempt {
    /// Whether only its report is on its way.
    var hasEnded: Bool { status.endsAttempt }
}
