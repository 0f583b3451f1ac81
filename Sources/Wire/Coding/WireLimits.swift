/// What a message may hold at most.
///
/// A peer that respects these is never refused for size; the whole frame has a limit beside them.
package enum WireLimits {
    /// Of a frame, in bytes.
    package static let frame = 1 << 20
    /// How deep arrays and objects may be nested.
    package static let depth = 32
    /// Integers that every reader of JSON has exactly.
    package static let integer = (1 << 53) - 1
    /// The end of the year 9999 in milliseconds since 1970.
    package static let time = 253_402_300_799_999
    /// Of a whole patch or bundle, in bytes.
    package static let patch = 256 << 20
    /// Of the bytes of a patch in one message.
    package static let part = 512 << 10

    /// Texts, in bytes of UTF-8.
    package static let label = 256
    static let path = 4096
    package static let command = 32 << 10
    package static let sentence = 4096
    package static let message = 64 << 10
    package static let output = 128 << 10
    package static let plan = 256 << 10

    /// Entries of lists.
    package static let list = 1000
    static let checks = 100
    static let history = 500
    package static let attempts = 1000
}
