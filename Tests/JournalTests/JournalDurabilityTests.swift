import Domain
import FoundationEssentials
import GRDB
import Journal
import TestSupport
import Testing

/// What is there after a process ended in the middle of something, and while several write at once.
struct JournalDurabilityTests {
    private let directory = TemporaryDirectory("makima-journal")
    private let task = Sample.task()
    private var path: String { "\(directory.path)/journal.sqlite" }

    @Test func whatReturnedIsInTheFilesOfAProcessThatIsKilled() async throws {
        let journal = try SQLiteJournal(path: path)
        try await journal.insert(task)
        #expect(try await journal.update(task.with(.initializing), expecting: .pending))
        try await journal.beginIteration(Sample.iteration(1), of: task.id)

        let copy = try SQLiteJournal(path: copyFiles())
        #expect(try await copy.task(task.id) == task.with(.initializing))
        #expect(try await copy.iterations(of: task.id) == [Sample.iteration(1)])
        #expect(try await copy.events(of: task.id).map(\.status) == [.pending, .initializing])
    }

    @Test func aTransactionThatWasCutOffLeavesNothing() async throws {
        let journal = try SQLiteJournal(path: path)
        try await journal.insert(task)
        let dying = try DatabaseQueue(path: path)
        let copied = try await dying.writeWithoutTransaction { database in
            // With a cache this small its pages reach the write-ahead log before it commits.
            try database.execute(sql: "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
            try database.execute(sql: "UPDATE task SET status = 'done', document = 'half'")
            for _ in 0..<200 {
                try database.execute(
                    sql: "INSERT INTO event (task, document) VALUES (?, ?)",
                    arguments: [task.id.rawValue, String(repeating: "x", count: 5000)]
                )
            }
            let copied = try copyFiles()
            try database.execute(sql: "ROLLBACK")
            return copied
        }
        let copy = try SQLiteJournal(path: copied)
        #expect(try await copy.task(task.id) == task)
        #expect(try await copy.events(of: task.id).count == 1)
        #expect(try await copy.update(task.with(.initializing), expecting: .pending))
    }

    @Test func aTornLogLosesNoEarlierCommit() async throws {
        let journal = try SQLiteJournal(path: path)
        try await journal.insert(task)
        let before = try size(of: "\(path)-wal")
        #expect(try await journal.update(task.with(.initializing), expecting: .pending))
        let copied = try copyFiles()
        let log = try Bytes.read("\(copied)-wal")
        try Bytes.write(log.prefix(before + (log.count - before) / 2), to: "\(copied)-wal")

        let copy = try SQLiteJournal(path: copied)
        #expect(try await copy.task(task.id) == task)
    }

    @Test func twoConnectionsLoseNoWrite() async throws {
        let journals = try [SQLiteJournal(path: path), SQLiteJournal(path: path)]
        try await journals[0].insert(task)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, journal) in journals.enumerated() {
                group.addTask {
                    for number in 0..<150 { try await Self.write(2 * number + index, to: journal, task.id) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await journals[0].iterations(of: task.id).map(\.number) == Array(0..<300))
        #expect(try await journals[1].checkpoints(of: task.id).map(\.number) == Array(0..<300))
    }

    @Test func manyOpenANewFileAtOnce() async throws {
        let path = path
        let opened = try await withThrowingTaskGroup(of: SQLiteJournal.self) { group in
            for _ in 0..<12 { group.addTask { try SQLiteJournal(path: path) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (index, journal) in opened.enumerated() { try await journal.insert(Sample.task(UInt64(index))) }
        #expect(try await opened[0].tasks().tasks.count == opened.count)
    }

    @Test func openingItAgainDropsNoLockOfTheFirst() async throws {
        let first = try SQLiteJournal(path: path)
        try await first.insert(task)
        do { _ = try SQLiteJournal(path: path) }
        #expect(TestFiles.exists("\(path)-wal"))
        #expect(try await first.update(task.with(.initializing), expecting: .pending))
        #expect(try await SQLiteJournal(path: path).task(task.id) == task.with(.initializing))
    }

    private static func write(_ number: Int, to journal: SQLiteJournal, _ id: TaskID) async throws {
        try await journal.beginIteration(Sample.iteration(number), of: id)
        try await journal.recordCheckpoint(Sample.checkpoint(number), of: id)
    }

    /// The files as they are on the disk now, in a directory of their own; without the index that processes share.
    private func copyFiles() throws -> String {
        let copy = directory.write("", to: "copy/journal.sqlite")
        for suffix in ["", "-wal"] {
            try Bytes.write(Bytes.read(path + suffix)[...], to: copy + suffix)
        }
        return copy
    }

    private func size(of path: String) throws -> Int { try Bytes.read(path).count }
}

/// The bytes of files.
enum Bytes {
    static func read(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
    static func write(_ bytes: Data, to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

    /// The names of the files in `directory` that contain `text`.
    static func contain(_ text: String, below directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { try read("\(directory)/\($0)").firstRange(of: Data(text.utf8)) != nil }
    }
}
