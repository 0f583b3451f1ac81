import Domain
import Glibc
import Testing

@testable import Journal

/// What another process does; see ``OtherProcess``.
struct OtherProcessParts {
    private let path = getenv("MAKIMA_TEST_PATH").map { String(cString: $0) } ?? ""

    /// Does nothing in the process that runs all tests: there nobody asks for a part.
    @Test func playsThePartItIsAskedFor() async throws {
        switch getenv("MAKIMA_TEST_PART").map({ String(cString: $0) }) {
        case "lock": try holdLock()
        case "open": try await openJournal()
        case "write": try await write()
        default: break
        }
    }

    private func holdLock() throws {
        let lock = try #require(try OwnerLock.acquire(path))
        report("L")
        waitForTheEnd()
        lock.release()
    }

    private func openJournal() async throws {
        report("S")
        _ = try await SQLiteJournal.open(path).tasks()
        report("O")
        waitForTheEnd()
    }

    /// Begins and ends iterations for ever, each reported when the journal said that it is written.
    private func write() async throws {
        let journal = try await SQLiteJournal.open(path)
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
        _ = Glibc.write(3, &byte, 1)
    }

    private func waitForTheEnd() {
        while true { pause() }
    }
}
