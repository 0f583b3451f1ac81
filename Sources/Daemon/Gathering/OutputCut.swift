/// Where output is cut into pieces.
enum OutputCut {
    /// How many of `bytes` become a piece, so that no character is cut in two.
    ///
    /// `isComplete` says that nothing follows; then what is no whole character is taken as it is.
    static func length(of bytes: [UInt8], isComplete: Bool) -> Int {
        guard !isComplete, let lead = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return bytes.count }
        let length =
            switch bytes[lead] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        // More continuation bytes than belong to it are no character anyway.
        return bytes.count - lead < length ? lead : bytes.count
    }
}
