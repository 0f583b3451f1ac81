/// What a value is as JSON, for descriptions that programs read.
package indirect enum FieldShape: Hashable, Sendable {
    case flag
    case integer(ClosedRange<Int>)
    /// With the number of bytes it may have.
    case text(TextRule, ClosedRange<Int>)
    case words([String])
    case base64(upTo: Int)
    /// By the record's name.
    case record(String)
    case list(FieldShape, upTo: Int)
    case table(FieldShape, upTo: Int)
    /// Any JSON value.
    case anything
}
