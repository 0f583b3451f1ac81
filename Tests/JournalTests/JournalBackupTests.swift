import Domain
import FoundationEssentials
import GRDB
import Glibc
import TestSupport
import Testing

@testable import Journal

/// What is kept of a journal before it is changed, and what is said of one that is damaged.
struct JournalBackupTests {
    private let directory = TemporaryDirectory("makima-journal")
    private let task = Sample.task()
    private var path: String { "\(directory.path)/journal.sqlite" }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
    }

    /// A journal as an earlier version left it.
    private func makeOld(_ last: String = "4 permissions") throws {
        let queue = try DatabaseQueue(path: path)
        try JournalSchema.migrator.migrate(queue, upTo: last)
        let document = try Document.encode(task)
        try queue.write {
            try $0.execute(
                sql: "INSERT INTO task VALUES (?, 'old', 'pending', 0, 0, 0, 0, ?)",
                arguments: [task.id.rawValue, document]
            )
        }
    }

    @Test func anOldJournalIsCopiedBeforeItIsChanged() async throws {
        try makeOld()
        let journal = try SQLiteJournal(path: path)
        #expect(try await journal.task(task.id) == task)
        let backup = "\(path).backup-4"
        var status = stat()
        #expect(stat(backup, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let copy = try DatabaseQueue(path: backup)
        let migrations = try await copy.read { try JournalSchema.migrator.appliedIdentifiers($0) }
        #expect(migrations.count == 4 && !migrations.contains("5 values of variables"))
        #expect(try await copy.read { try String.fetchAll($0, sql: "SELECT id FROM task") } == [task.id.rawValue])
        let before = try Bytes.read(backup)
        _ = try SQLiteJournal(path: path)
        #expect(try Bytes.read(backup) == before)
    }

    @Test func theCopyCanTakeTheJournalsPlace() async throws {
        try makeOld("2 account waits")
        _ = try SQLiteJournal(path: path)
        for name in try files where !name.contains("backup") { unlink("\(directory.path)/\(name)") }
        try Bytes.write(Bytes.read("\(path).backup-2"), to: path)
        #expect(try await SQLiteJournal(path: path).task(task.id) == task)
    }

    @Test func aNewJournalHasNone() throws {
        _ = try SQLiteJournal(path: path)
        #expect(try files.filter { $0.contains("backup") } == [])
    }

    @Test func onlyTheLatestAreKeptAndWhatWasInterruptedIsMadeAnew() throws {
        for name in ["1", "2", "3", "4.new"] { directory.write("old", to: "journal.sqlite.backup-\(name)") }
        try makeOld()
        _ = try SQLiteJournal(path: path)
        #expect(try files.filter { $0.contains("backup") } == [2, 3, 4].map { "journal.sqlite.backup-\($0)" })
    }

    @Test func aCopyThatCannotBeMadeKeepsTheJournalAsItIs() throws {
        try makeOld()
        mkdir("\(path).backup-4.new", 0o700)
        directory.write("", to: "journal.sqlite.backup-4.new/x")
        #expect(throws: JournalError.self) { try SQLiteJournal(path: path) }
        let migrations = try DatabaseQueue(path: path).read { try JournalSchema.migrator.appliedIdentifiers($0) }
        #expect(migrations.count == 4)
    }

    @Test(arguments: ["This is a letter.", ""]) func aDamagedFileIsNeverWrittenAndNamesItsBackup(text: String)
        async throws
    {
        try makeOld()
        _ = try SQLiteJournal(path: path)
        try await DatabaseQueue(path: path).writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        var bytes = try Bytes.read(path)
        if text.isEmpty {
            // A page in the middle, as a disk returns it that has lost a sector.
            bytes.replaceSubrange(4096..<(bytes.count - 4096), with: Data(count: bytes.count - 8192))
        } else {
            bytes = Data(String(repeating: text, count: 1000).utf8)
        }
        try Bytes.write(bytes, to: path)
        let error = await #expect(throws: JournalError.self) {
            let journal = try SQLiteJournal(path: path)
            _ = try await journal.tasks()
            _ = try await journal.events(of: task.id)
        }
        guard case .damaged(path, _, "\(path).backup-4") = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(error?.hint.contains("cp \(path).backup-4 \(path)") == true)
        #expect(try Bytes.read(path) == bytes)
        guard case .unusable(.damaged) = SQLiteJournal.inspect(path) else {
            return #expect(Bool(false), "\(SQLiteJournal.inspect(path))")
        }
        #expect(rename(path, "\(path).aside") == 0)
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        #expect(try await SQLiteJournal(path: path).tasks() == JournalListing())
        #expect(try Bytes.read("\(path).aside") == bytes)
    }

    @Test func aSoundJournalIsFoundSound() async throws {
        #expect(SQLiteJournal.inspect(path) == .missing)
        #expect(try files == [])
        let journal = try SQLiteJournal(path: path)
        for seed in 1...3 { try await journal.insert(Sample.task(UInt64(seed))) }
        #expect(SQLiteJournal.inspect(path) == .sound(tasks: 3, damaged: [], backup: nil))
        try await DatabaseQueue(path: path)
            .write { try $0.execute(sql: "UPDATE task SET document = '{' WHERE id = ?", arguments: [task.id.rawValue]) }
        guard case .sound(2, let damaged, nil) = SQLiteJournal.inspect(path) else { return #expect(Bool(false)) }
        #expect(damaged.map(\.id) == [task.id.rawValue])
        try await DatabaseQueue(path: path)
            .write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9 later')") }
        #expect(SQLiteJournal.inspect(path) == .unusable(.tooNew(path: path, migrations: ["9 later"])))
    }
}
