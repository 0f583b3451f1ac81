import Domain
import Fleet
import FoundationEssentials
import GRDB
import Glibc
import TestSupport
import Testing

@testable import Store
@testable import StoreConformance

/// A store in a file of a test's own.
struct SQLitePlace: StorePlace {
    let directory = TemporaryDirectory("makima-store")
    var path: String { "\(directory.path)/store.sqlite" }

    func open(_ settings: StoreSettings = StoreSettings()) async throws -> any TaskStore {
        try await SQLiteTaskStore.open(path, settings: settings)
    }

    /// Beside the store, with SQLite alone.
    func raw() throws -> DatabaseQueue { try DatabaseQueue(path: path) }
}

struct SQLiteTaskStoreTests {
    private let place = SQLitePlace()

    @Test(arguments: TaskStoreConformance.cases)
    func keepsWhatEveryStorePromises(promise: TaskStoreConformance.Case) async throws {
        try await promise.check(place)
    }

    @Test func isReadableByItsOwnerOnlyWithTheFilesBesideIt() async throws {
        let store = try await place.open()
        try await store.audit(AuditEntry(at: Timestamp(millisecondsSince1970: 1), actor: "a", action: "b"))
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(place.path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func itIsCopiedBeforeItsTablesChange() async throws {
        let entry = AuditEntry(at: Timestamp(millisecondsSince1970: 1), actor: "a", action: "b")
        try await place.open().audit(entry)
        let copy = "\(place.path).backup-\(StoreSchema.migrator.migrations.count)"
        _ = try StoreFile.open(place.path)
        #expect(access(copy, F_OK) != 0, "nothing has changed")
        var migrator = StoreSchema.migrator
        migrator.registerMigration("99 test") { try $0.execute(sql: "DELETE FROM audit") }
        _ = try StoreFile.open(place.path, migrator: migrator)
        var status = stat()
        #expect(stat(copy, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let kept = try await SQLiteTaskStore.open(copy).auditLog(before: nil, limit: 9)
        #expect(kept.map(\.entry) == [entry])
    }

    @Test func whatWasSpentBeforeThatWasKeptIsTakenFromTheReports() async throws {
        let bench = StoreBench(try await place.open())
        _ = try await bench.assign(1, to: try await bench.connect())
        try await place.raw()
            .write { database in
                try database.execute(
                    sql: """
                        DELETE FROM grdb_migrations WHERE identifier = '7 kept spending'; DROP TABLE spending;
                        CREATE INDEX iteration_ended ON iteration (ended) WHERE ended IS NOT NULL
                        """
                )
                let reports = [
                    #"{"counted":true,"usage":{"costMicrodollars":7,"tokens":100,"untoldProcesses":1}}"#,
                    #"{"counted":false,"usage":{"costMicrodollars":5,"unpricedTokens":"many"}}"#, "{}", "{", nil,
                ]
                for (number, report) in reports.enumerated() {
                    let end = report.map { _ in StoreBench.at(number).millisecondsSince1970 }
                    try database.execute(
                        sql: "INSERT INTO iteration VALUES (?, 1, ?, 1, 0, ?, ?)",
                        arguments: [StoreBench.id(1).rawValue, number + 1, end, report ?? "{}"]
                    )
                }
            }
        let spent = try await place.open().spending(in: StoreBench.then..<StoreBench.at(9))
        var usage = Usage(cost: USD(microdollars: 12), tokens: 100)
        usage.untold = 1
        #expect(spent == [StoreBench.id(1): Spending(iterations: 1, usage: usage)])
    }

    @Test func aFileThatOthersCouldReadIsTheOwnersOnly() async throws {
        _ = try await place.open()
        chmod(place.path, 0o644)
        _ = try await place.open()
        var status = stat()
        #expect(stat(place.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func everyCommitIsSyncedToTheDisk() async throws {
        let store = try await SQLiteTaskStore.open(place.path)
        let (mode, level) = try await store.durability()
        #expect(mode == "wal")
        #expect(level == 2, "FULL")
    }

    @Test func saysWhichFileALaterVersionWrote() async throws {
        _ = try await place.open()
        try await place.raw()
            .write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9 later')") }
        await #expect(throws: StoreError.tooNew(path: place.path, migrations: ["9 later"])) { try await place.open() }
    }

    @Test(arguments: [
        "DELETE FROM grdb_migrations", "DROP TABLE grdb_migrations; CREATE TABLE grdb_migrations (other)",
    ])
    func saysWhichFileHasOtherTables(damage: String) async throws {
        _ = try await place.open()
        try await place.raw().write { try $0.execute(sql: damage) }
        let error = try await #require(throws: StoreError.self) { try await place.open() }
        guard case .damaged(place.path, _) = error else { return #expect(Bool(false), "\(error)") }
    }

    @Test func saysWhichFileIsNoStore() async throws {
        let letter = String(repeating: "This is a letter, not a store.\n", count: 100)
        place.directory.write(letter, to: "store.sqlite")
        let error = try await #require(throws: StoreError.self) { try await place.open() }
        guard case .damaged(place.path, _) = error else { return #expect(Bool(false), "\(error)") }
        #expect(error.description.contains(place.path) && error.hint.contains("\(place.path)-wal"))
        #expect(place.directory.read("store.sqlite") == letter)
    }

    @Test func saysWhatCannotBeOpened() async throws {
        let error = try await #require(throws: StoreError.self) {
            try await SQLiteTaskStore.open("/nowhere/store.sqlite")
        }
        guard case .unusable = error else { return #expect(Bool(false), "\(error)") }
        mkdir(place.path, 0o755)
        await #expect(throws: StoreError.self) { try await place.open() }
    }

    @Test func aDamagedTaskIsNamedAndTheOthersAreListed() async throws {
        let bench = StoreBench(try await place.open())
        for seed in 1...3 { try await bench.add(seed) }
        let id = StoreBench.id(2).rawValue
        try await place.raw().write { try $0.execute(sql: "UPDATE task SET state = '{' WHERE id = ?", arguments: [id]) }
        let page = try await bench.store.tasks(TaskFilter(), after: nil, limit: 9)
        #expect(page.damaged == [id])
        #expect(Set(page.tasks.map(\.id)) == [StoreBench.id(1), StoreBench.id(3)])
        let error = try await #require(throws: StoreError.self) { try await bench.store.task(StoreBench.id(2)) }
        guard case .damagedRow("task", id, _) = error else { return #expect(Bool(false), "\(error)") }
    }

    @Test func whatIsWrittenIsThereAfterOpeningAgain() async throws {
        let task = try await StoreBench(place.open()).add()
        let again = try await place.open()
        #expect(try await again.task(task.id) == task)
    }

    @Test func aCancelledCallerStillWrites() async throws {
        let store = try await place.open()
        let writer = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await StoreBench(store).add()
        }
        let task = try await writer.value
        #expect(try await store.task(task.id) == task)
    }

    @Test func manyProcessesMayOpenItAtOnce() async throws {
        let place = place
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...8 { group.addTask { _ = try await place.open() } }
            try await group.waitForAll()
        }
    }
}

extension SQLiteTaskStore {
    /// The journal mode of the connection that writes, and how it syncs.
    fileprivate func durability() async throws(StoreError) -> (mode: String?, level: Int?) {
        try await write { turn in
            (
                try String.fetchOne(turn.database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(turn.database, sql: "PRAGMA synchronous")
            )
        }
    }
}
