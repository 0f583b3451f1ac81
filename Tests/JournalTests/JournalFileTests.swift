import Domain
import FoundationEssentials
import GRDB
import Glibc
import Journal
import TestSupport
import Testing

/// Files that are not as they should be.
struct JournalFileTests {
    private let directory = TemporaryDirectory("makima-journal")
    private let task = Sample.task()
    private var path: String { "\(directory.path)/journal.sqlite" }

    @Test func isReadableByItsOwnerOnlyWithTheFilesBesideIt() async throws {
        let journal = try SQLiteJournal(path: path)
        try await journal.insert(task)
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func saysWhichFileIsNoDatabase() throws {
        directory.write(String(repeating: "This is a letter, not a journal.\n", count: 100), to: "journal.sqlite")
        let error = try #require(throws: JournalError.self) { try SQLiteJournal(path: path) }
        guard case .damaged(path, _, nil) = error else { return #expect(Bool(false), "\(error)") }
        #expect(error.description.contains(path))
        #expect(directory.read("journal.sqlite")?.hasPrefix("This is a letter") == true)
    }

    @Test(arguments: [100, 4096, 5000])
    func saysWhichFileIsCutOff(length: Int) async throws {
        try await fill()
        try Bytes.write(Bytes.read(path).prefix(length), to: path)
        let error = try #require(throws: JournalError.self) { try SQLiteJournal(path: path) }
        guard case .damaged(path, _, nil) = error else { return #expect(Bool(false), "\(error)") }
    }

    @Test func saysWhichFileALaterVersionWrote() async throws {
        try await fill()
        try await raw().write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9 later')") }
        #expect(throws: JournalError.tooNew(path: path, migrations: ["9 later"])) { try SQLiteJournal(path: path) }
    }

    @Test(arguments: [
        "DELETE FROM grdb_migrations", "DROP TABLE grdb_migrations",
        "DROP TABLE grdb_migrations; CREATE TABLE grdb_migrations (other)",
        "DROP TABLE grdb_migrations; CREATE TABLE grdb_migrations (identifier); INSERT INTO grdb_migrations VALUES (NULL)",
    ])
    func saysWhichFileHasOtherTables(damage: String) async throws {
        try await fill()
        try await raw().write { try $0.execute(sql: damage) }
        let error = try #require(throws: JournalError.self) { try SQLiteJournal(path: path) }
        #expect(error.description.contains(path))
        #expect(error.hint.contains("\(path)-wal"))
    }

    @Test func saysWhatCannotBeOpened() throws {
        let missing = "\(directory.path)/missing/journal.sqlite"
        for path in [missing, directory.path] {
            let error = try #require(throws: JournalError.self) { try SQLiteJournal(path: path) }
            guard case .unusable(path, _) = error else { return #expect(Bool(false), "\(error)") }
        }
    }

    /// What is damaged is found at once or later, or does no harm; it never ends the process.
    @Test(arguments: 0..<30)
    func noiseInTheFileIsATypedErrorAndNoCrash(seed: UInt64) async throws {
        try await fill()
        var random = SeededGenerator(seed: seed)
        var bytes = try Bytes.read(path)
        for _ in 0..<(1 << Int.random(in: 0..<14, using: &random)) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        try Bytes.write(bytes, to: path)
        do {
            let journal = try SQLiteJournal(path: path)
            _ = try await journal.tasks()
            _ = try await journal.iterations(of: task.id)
            _ = try await journal.events(of: task.id)
            _ = try await journal.update(task.with(.initializing), expecting: .pending)
            try await journal.endIteration(Sample.ended(1), task: task.with(.initializing, iterations: 1))
            try await journal.insert(Sample.task(99))
        } catch {
            #expect(error is JournalError, "\(error)")
        }
    }

    @Test(arguments: ["", "{", "null", "[]", #"{"status":"done"}"#, String(repeating: "[", count: 100_000)])
    func setsADamagedRowAside(document: String) async throws {
        let journal = try SQLiteJournal(path: path)
        let other = Sample.task(2)
        for each in [task, other] { try await journal.insert(each) }
        try await raw()
            .write {
                try $0.execute(
                    sql: "UPDATE task SET document = ? WHERE id = ?",
                    arguments: [document, task.id.rawValue]
                )
            }
        let listing = try await journal.tasks()
        #expect(listing.tasks == [other])
        #expect(listing.damaged.map(\.id) == [task.id.rawValue])
        let error = await #expect(throws: JournalError.self) { try await journal.task(task.id) }
        guard case .damagedRow(task.id.rawValue, let message) = error else { return #expect(Bool(false)) }
        #expect(!message.isEmpty && !message.contains("\n") && message.count < 500)
        try await journal.delete(task.id)
        #expect(try await journal.tasks().damaged.isEmpty)
    }

    @Test func setsARowWithAnIDThatIsNoneAside() async throws {
        let journal = try SQLiteJournal(path: path)
        try await journal.insert(task)
        try await raw().write { try $0.execute(sql: "UPDATE task SET id = '../x'") }
        let listing = try await journal.tasks()
        #expect(listing.tasks.isEmpty)
        #expect(listing.damaged.map(\.id) == ["../x"])
    }

    /// A journal of some pages, closed, so that all of it is in the one file.
    private func fill() async throws {
        do {
            let journal = try SQLiteJournal(path: path)
            for seed in 1...20 { try await journal.insert(Sample.task(UInt64(seed))) }
            try await journal.beginIteration(Sample.iteration(1), of: task.id)
        }
        try await raw().writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }

    /// The file as any program may open it, without the journal's rules.
    private func raw() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
