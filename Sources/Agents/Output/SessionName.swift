extension String {
    /// Itself where it can be handed back as an argument that names a conversation.
    var asSessionID: String? {
        guard (1...128).contains(utf8.count), !hasPrefix("-") else { return nil }
        return utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") } ? self : nil
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}
