package import Domain

/// Bytes that daemons hand over piece by piece, as those of checkpoints.
///
/// A blob counts when all of its bytes are there and have the digest that was announced; until then nobody can read it.
package protocol BlobTable: Sendable {
    /// Announces a blob of a task; one that is known goes on where it stopped.
    func beginBlob(_ blob: BlobKey, of id: TaskID, at time: Timestamp) async throws(StoreError) -> BlobProgress
    /// Adds bytes from `offset` on. What is there already is no error; a gap is.
    ///
    /// With the last byte the digest is made: where it is another one, the bytes are thrown away and it throws.
    func appendBlob(_ digest: SHA256Digest, of id: TaskID, at offset: Int, _ bytes: [UInt8]) async throws(StoreError)
        -> BlobProgress
    /// Up to `limit` bytes from `offset` on, none at its end; `nil` unless all of it is there and was verified.
    func readBlob(_ digest: SHA256Digest, of id: TaskID, at offset: Int, limit: Int) async throws(StoreError)
        -> [UInt8]?
}

/// What a blob is to be.
package struct BlobKey: Hashable, Sendable {
    package var digest: SHA256Digest
    package var size: Int

    package init(_ digest: SHA256Digest, size: Int) {
        self.digest = digest
        self.size = size
    }
}

/// How much of a blob is there.
package struct BlobProgress: Hashable, Sendable {
    package var received: Int
    package var size: Int
    package var isVerified: Bool

    package init(received: Int, size: Int, isVerified: Bool) {
        self.received = received
        self.size = size
        self.isVerified = isVerified
    }
}
