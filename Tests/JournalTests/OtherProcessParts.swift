import Domain
import Glibc
import Testing

@testable import Journal

/// What another process does; see ``OtherProcess``.
struct OtherProcessParts {
    private static let part = getenv("MAKIMA_TEST_PART").map { String(cString: $0) }
    private static let path = getenv("MAKIMA_TEST_PATH").map { String(cString: $0) } ?? ""

    @Test(.enabled(if: part == "lock")) func holdsALock() throws {
        let lock = try #require(try OwnerLock.acquire(Self.path))
        report("L")
        waitForTheEnd()
        lock.release()
    }

    @Test(.enabled(if: part == "open")) func opensTheJournal() async throws {
        report("S")
        _ = try await SQLiteJournal.open(Self.path).tasks()
        report("O")
        waitForTheEnd()
    }

    /// Begins iterations for ever, each reported when the journal said that it is written.
    @Test(.enabled(if: part == "write")) func writes() async throws {
        let journal = try await SQLiteJournal.open(Self.path)
        let task = try #require(try await journal.tasks().tasks.first)
        for number in 1... {
            var record = IterationRecord(number: number, attempt: 1, run: 1, startedAt: task.createdAt)
            try await journal.beginIteration(record, of: task.id)
            report("B")
            record.endedAt = task.createdAt
            record.outcome = Sample.outcome()
            var after = task
            after.iterations = number
            try await journal.endIteration(record, task: after)
            report("E")
        }
    }

    private func report(_ byte: Unicode.Scalar) {
        var byte = UInt8(ascii: byte)
        _ = write(3, &byte, 1)
    }

    private func waitForTheEnd() {
        while true { pause() }
    }
}
