package import Domain
import FoundationEssentials
import GRDB

extension SQLiteTaskStore {
    package func beginBlob(_ blob: BlobKey, of id: TaskID, at time: Timestamp) async throws(StoreError) -> BlobProgress
    {
        guard blob.size >= 0, blob.size <= settings.mostBlobBytes else {
            throw .tooLarge(what: "blob", bytes: blob.size, limit: settings.mostBlobBytes)
        }
        return try await write { turn in
            guard try turn.database.first("SELECT 1 FROM task WHERE id = ?", [id.rawValue]) != nil else {
                throw StoreError.unknownTask(id)
            }
            let name: StatementArguments = [id.rawValue, Database.blob(blob.digest)]
            // Announced with another size before, it was not this one: whoever is right is seen by the digest.
            try turn.database.run(
                "DELETE FROM blob WHERE task = ? AND digest = ? AND size <> ? AND verified = 0",
                name + [blob.size]
            )
            let isEmpty = blob.size == 0 && blob.digest == SHA256Digest(of: [])
            try turn.database.run(
                "INSERT INTO blob VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING",
                name + [blob.size, isEmpty, time.stored]
            )
            return try turn.database.progress(blob.digest, of: id)
        }
    }

    package func appendBlob(_ digest: SHA256Digest, of id: TaskID, at offset: Int, _ bytes: [UInt8])
        async throws(StoreError) -> BlobProgress
    {
        guard bytes.count <= settings.mostPartBytes else {
            throw .tooLarge(what: "part", bytes: bytes.count, limit: settings.mostPartBytes)
        }
        let (progress, found) = try await write { turn in try turn.append(bytes, to: digest, of: id, at: offset) }
        if let found { throw .digestMismatch(expected: digest.description, found: found.description) }
        return progress
    }

    package func readBlob(_ digest: SHA256Digest, of id: TaskID, at offset: Int, limit: Int) async throws(StoreError)
        -> [UInt8]?
    {
        try await read { database in
            let name: StatementArguments = [id.rawValue, Database.blob(digest)]
            let sql = "SELECT size FROM blob WHERE task = ? AND digest = ? AND verified = 1"
            guard try database.first(sql, name) != nil else { return nil }
            var bytes: [UInt8] = []
            while bytes.count < limit {
                let place = offset + bytes.count
                let row = try database.first(
                    """
                    SELECT start, bytes FROM blob_part WHERE task = ? AND digest = ? AND start <= ?
                    ORDER BY start DESC LIMIT 1
                    """,
                    name + [place]
                )
                guard let row else { break }
                let part: Data = row["bytes"]
                let inside = place - (row["start"] as Int)
                guard inside >= 0, inside < part.count else { break }
                bytes.append(contentsOf: part.dropFirst(inside).prefix(limit - bytes.count))
            }
            return bytes
        }
    }
}

extension StoreTurn {
    /// Returns the digest that was found where it is another one; then nothing of the blob is left.
    fileprivate func append(
        _ bytes: [UInt8],
        to digest: SHA256Digest,
        of id: TaskID,
        at offset: Int
    ) throws -> (BlobProgress, SHA256Digest?) {
        var progress = try database.progress(digest, of: id)
        guard offset >= 0, offset <= progress.received else {
            throw StoreError.partMisplaced(offset: offset, expected: progress.received)
        }
        let new = Array(bytes.dropFirst(progress.received - offset))
        guard !new.isEmpty, !progress.isVerified else { return (progress, nil) }
        let end = progress.received + new.count
        guard end <= progress.size else {
            throw StoreError.tooLarge(what: "blob", bytes: end, limit: progress.size)
        }
        let name: StatementArguments = [id.rawValue, Database.blob(digest)]
        try database.run(
            "INSERT INTO blob_part (task, digest, start, bytes) VALUES (?, ?, ?, ?)",
            name + [progress.received, Data(new)]
        )
        progress.received = end
        if end == progress.size {
            let found = try digestOfParts(name)
            guard found == digest else {
                try database.run("DELETE FROM blob WHERE task = ? AND digest = ?", name)
                return (progress, found)
            }
            progress.isVerified = true
        }
        try database.run(
            "UPDATE blob SET received = ?, verified = ? WHERE task = ? AND digest = ?",
            [end, progress.isVerified] + name
        )
        if progress.isVerified { change.tasks.insert(id) }
        return (progress, nil)
    }

    private func digestOfParts(_ name: StatementArguments) throws -> SHA256Digest {
        var hasher = SHA256Hasher()
        let parts = try Row.fetchCursor(
            database,
            sql: "SELECT bytes FROM blob_part WHERE task = ? AND digest = ? ORDER BY start",
            arguments: name
        )
        while let row = try parts.next() {
            let part: Data = row["bytes"]
            hasher.update(Array(part))
        }
        return hasher.finish()
    }
}

extension Database {
    fileprivate func progress(_ digest: SHA256Digest, of id: TaskID) throws -> BlobProgress {
        let sql = "SELECT * FROM blob WHERE task = ? AND digest = ?"
        guard let row = try first(sql, [id.rawValue, Database.blob(digest)]) else {
            throw StoreError.unknownBlob(digest.description)
        }
        return BlobProgress(received: row["received"], size: row["size"], isVerified: row["verified"])
    }

    /// A digest as it is stored.
    static func blob(_ digest: SHA256Digest) -> Data { Data(digest.bytes) }

    /// A digest that was stored.
    static func digest(_ data: Data?) -> SHA256Digest? { data.flatMap { SHA256Digest(bytes: Array($0)) } }
}
