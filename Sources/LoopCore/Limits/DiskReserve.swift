package import Domain

/// How much of a disk is left alone, so that what was begun can be ended and kept.
package struct DiskReserve: Hashable, Sendable {
    /// In MiB; 0 leaves nothing alone.
    private let reserve: Int

    package init(_ reserve: Int) {
        self.reserve = reserve
    }

    /// Below so many files that could still be made, a workspace cannot be filled.
    package static let inodes = 1000

    /// What is too little to start anything; `nil` where there is enough.
    package func shortage(of space: DiskSpace) -> DiskShortage? {
        guard reserve > 0 else { return nil }
        let free = space.freeBytes >> 20
        if free < reserve { return .space(freeMiB: free, reserveMiB: reserve) }
        guard let inodes = space.freeInodes, inodes < Self.inodes else { return nil }
        return .inodes(free: inodes, reserve: Self.inodes)
    }
}

/// What is free on a disk for an ordinary user.
package struct DiskSpace: Hashable, Sendable {
    package var freeBytes: Int
    /// `nil` where the file system makes as many as are needed.
    package var freeInodes: Int?

    package init(freeBytes: Int, freeInodes: Int?) {
        self.freeBytes = freeBytes
        self.freeInodes = freeInodes
    }
}
