import Domain
import GRDB
import Glibc
import TestSupport
import Testing

@testable import Journal

/// What the journal keeps for bad days beside itself.
struct JournalReserveTests {
    private let directory = TemporaryDirectory("makima-reserve")
    private var path: String { "\(directory.path)/journal.sqlite" }

    @Test func theReserveIsMadeOnceAndGivenUpOnce() async throws {
        let reserve = JournalReserve(journal: path)
        _ = try await SQLiteJournal.open(path)
        var status = stat()
        #expect(stat("\(path).reserve", &status) == 0)
        #expect(status.st_size == 4 << 20 && status.st_mode & 0o777 == 0o600)
        reserve.giveUp()
        #expect(access("\(path).reserve", F_OK) != 0)
        reserve.giveUp()
        _ = try await SQLiteJournal.open(path)
        #expect(access("\(path).reserve", F_OK) == 0)
    }

    @Test func aWriteThatFindsTheDiskFullGivesItUp() async throws {
        let journal = try await SQLiteJournal.open(path)
        await #expect(throws: JournalError.diskFull(path: path)) {
            try await journal.write { _ in throw DatabaseError(resultCode: .SQLITE_FULL) }
        }
        #expect(access("\(path).reserve", F_OK) != 0)
    }

    @Test func aCopyIsMadeOnceADay() async throws {
        let journal = try await SQLiteJournal.open(path)
        try await journal.insert(Sample.task())
        #expect(SQLiteJournal.latestCopy(of: path) == nil)
        try await journal.keepCopy()
        let copy = "\(path).copy"
        #expect(SQLiteJournal.latestCopy(of: path) == copy)
        try await journal.insert(Sample.task(2))
        try await journal.keepCopy()
        #expect(SQLiteJournal.inspect(copy) == .sound(tasks: 1, damaged: [], backup: nil))
        var old = stat()
        #expect(stat(copy, &old) == 0)
        let times = [old.st_mtim, timespec(tv_sec: old.st_mtim.tv_sec - 86_400 - 60, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, copy, times, 0) == 0)
        try await journal.keepCopy()
        #expect(SQLiteJournal.inspect(copy) == .sound(tasks: 2, damaged: [], backup: nil))
        var new = stat()
        #expect(stat(copy, &new) == 0 && new.st_mode & 0o777 == 0o600)
        #expect(SQLiteJournal.inspect("\(copy).1") == .sound(tasks: 1, damaged: [], backup: nil))
    }

    @Test func noCopyTakesTheRoomOfTheLastLines() async throws {
        let journal = try await SQLiteJournal.open(path)
        JournalReserve(journal: path).giveUp()
        try await journal.keepCopy()
        #expect(SQLiteJournal.latestCopy(of: path) == nil)
    }
}
