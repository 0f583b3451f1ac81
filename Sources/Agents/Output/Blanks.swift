extension UInt8 {
    /// Whether it is white space in ASCII.
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
