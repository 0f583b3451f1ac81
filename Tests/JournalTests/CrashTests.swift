import Domain
import GRDB
import Glibc
import Journal
import TestSupport
import Testing

struct CrashTests {
    private let directory = TemporaryDirectory("makima-journal")
    private var path: String { "\(directory.path)/journal.sqlite" }

    @Test(arguments: [1, 2, 7, 40, 41]) func losesNothingItSaidWasWritten(reports: Int) async throws {
        let task = Sample.task()
        try await SQLiteJournal.open(path).insert(task)
        let writer = try OtherProcess(part: "write", path: path)
        for _ in 0..<reports { try #require(writer.nextReport() != nil) }
        writer.kill()
        var written = reports
        while writer.nextReport() != nil { written += 1 }

        let journal = try await SQLiteJournal.open(path)
        let iterations = try await journal.iterations(of: task.id)
        let ended = iterations.filter { $0.endedAt != nil }
        #expect(iterations.map(\.number) == Array(1...iterations.count))
        #expect(iterations.count >= (written + 1) / 2)
        #expect(ended.count >= written / 2)
        #expect(iterations.count - ended.count <= 1)
        #expect(try await journal.task(task.id)?.iterations == ended.count)
        #expect(try await journal.damage(of: task.id).isEmpty)
        let integrity = try await DatabaseQueue(path: path)
            .read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
        #expect(integrity == "ok")
    }

    @Test func severalProcessesMayMakeItAtOnce() async throws {
        let others = try (1...8).map { _ in try OtherProcess(part: "open", path: path) }
        for other in others { try #require(other.nextReport() == UInt8(ascii: "S")) }
        for other in others { try #require(other.nextReport() == UInt8(ascii: "O")) }
        for other in others { other.kill() }
        #expect(try await SQLiteJournal.open(path).tasks() == JournalListing())
    }

    @Test func severalProcessesWriteAtOnce() async throws {
        let journal = try await SQLiteJournal.open(path)
        let task = Sample.task()
        try await journal.insert(task)
        let writer = try OtherProcess(part: "write", path: path)
        try #require(writer.nextReport() != nil)
        for seed in 2...60 { try await journal.insert(Sample.task(UInt64(seed))) }
        for _ in 0..<20 { try #require(writer.nextReport() != nil) }
        writer.kill()
        #expect(try await journal.tasks().tasks.count == 60)
    }
}
