import Domain
import GRDB
import Journal
import TestSupport
import Testing

/// What all tasks of an account know about its limit.
struct AccountWaitTests {
    private let directory = TemporaryDirectory("makima-journal")
    private let journal: SQLiteJournal
    private let account = Self.account("claude")

    init() throws {
        journal = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
    }

    private static func account(_ program: String) -> AgentAccount {
        AgentAccount(of: AgentConfiguration(name: "a", kind: .command, command: [program]), logins: [])
    }

    /// Learned `since` seconds after the beginning of the time, and `length` seconds long.
    private func wait(_ since: Int, _ length: Int, _ cause: WaitCause = .usageLimit) -> AccountWait {
        let begin = Sample.then + .seconds(since)
        return AccountWait(cause, from: begin, until: begin + .seconds(length), learnedBy: Sample.id())
    }

    @Test func keepsWhatWasLearnedForEachAccount() async throws {
        #expect(try await journal.wait(of: account) == nil)
        try await journal.learn(wait(0, 60), of: account)
        #expect(try await journal.wait(of: account) == wait(0, 60))
        #expect(try await journal.wait(of: Self.account("other")) == nil)
        let second = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
        #expect(try await second.wait(of: account) == wait(0, 60))
    }

    @Test func aShorterWaitNeverShortensOneThatIsNotOver() async throws {
        try await journal.learn(wait(0, 600), of: account)
        try await journal.learn(wait(10, 60, .overloaded), of: account)
        #expect(try await journal.wait(of: account) == wait(0, 600))
        try await journal.learn(wait(20, 900), of: account)
        #expect(try await journal.wait(of: account) == wait(20, 900))
        try await journal.learn(wait(920, 5, .network), of: account)
        #expect(try await journal.wait(of: account) == wait(920, 5, .network))
    }

    @Test func whatWasLearnedInTheFutureIsReplaced() async throws {
        try await journal.learn(wait(86_400, 600), of: account)
        try await journal.learn(wait(0, 5), of: account)
        #expect(try await journal.wait(of: account) == wait(0, 5))
    }

    @Test func aProbeIsNotedUntilSomethingIsLearned() async throws {
        let probe = AccountWait.Probe(task: Sample.id(2), began: Sample.then + .seconds(61))
        try await journal.begin(probe, of: account)
        #expect(try await journal.wait(of: account) == nil)
        try await journal.learn(wait(0, 60), of: account)
        try await journal.begin(probe, of: account)
        #expect(try await journal.wait(of: account)?.probe == probe)
        try await journal.learn(wait(62, 60), of: account)
        #expect(try await journal.wait(of: account)?.probe == nil)
    }

    @Test func onlyWhatWasKnownBeforeIsForgotten() async throws {
        try await journal.learn(wait(5, 60), of: account)
        try await journal.forgetWait(of: account, learnedUntil: Sample.then + .seconds(4))
        #expect(try await journal.wait(of: account) != nil)
        try await journal.forgetWait(of: account, learnedUntil: Sample.then + .seconds(5))
        #expect(try await journal.wait(of: account) == nil)
    }

    @Test func ofManyWhoLearnTheLongestWaitStays() async throws {
        let second = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let mine = number.isMultiple(of: 2) ? journal : second
                group.addTask { try await mine.learn(wait(0, 10 + number * 7 % 40), of: account) }
            }
            try await group.waitForAll()
        }
        #expect(try await journal.wait(of: account) == wait(0, 49))
    }

    @Test func outlivesTheTaskThatLearnedIt() async throws {
        let task = Sample.task()
        try await journal.insert(task)
        try await journal.learn(wait(0, 60), of: account)
        try await journal.delete(task.id)
        #expect(try await journal.wait(of: account) == wait(0, 60))
    }

    @Test(arguments: ["", "{}", "[", #"{"cause":"tea"}"#])
    func whatCannotBeReadIsNotKnown(document: String) async throws {
        try await journal.learn(wait(0, 60), of: account)
        try await store(document)
        #expect(try await journal.wait(of: account) == nil)
        try await journal.begin(AccountWait.Probe(task: Sample.id(), began: Sample.then), of: account)
        try await journal.forgetWait(of: account, learnedUntil: Sample.then)
        try await journal.learn(wait(1, 60), of: account)
        #expect(try await journal.wait(of: account) == wait(1, 60))
    }

    @Test func readsWhatEarlierVersionsStored() async throws {
        try await journal.learn(wait(0, 60), of: account)
        try await store(StoredDocumentTests.firstAccountWait.replacing("ID", with: Sample.id().rawValue))
        let read = try #require(try await journal.wait(of: account))
        #expect(read.cause == .usageLimit && read.until == Timestamp(millisecondsSince1970: 1_772_373_999_123))
        #expect(read.probe?.began == Timestamp(millisecondsSince1970: 1_772_373_999_200))
    }

    private func store(_ document: String) async throws {
        try await DatabaseQueue(path: "\(directory.path)/journal.sqlite")
            .write { try $0.execute(sql: "UPDATE account_wait SET document = ?", arguments: [document]) }
    }
}
