import Domain
import Fleet
import Store
import Testing
import Wire

@testable import Server

/// In which order commands go, and what of their work a daemon has.
struct CommandLanesTests {
    private static let work = [
        Shipment(receiver: .lane("x"), patch: WirePatch(), owners: [], name: "work")
    ]

    /// `name` is `merge`, `drain` or the number of a task; with an exclamation mark it has work.
    private func command(_ name: String, order: Int) throws -> QueuedCommand {
        let daemon = try #require(DaemonID(rawValue: "anna"))
        let word = name.filter { $0 != "!" }
        var command = NewCommand(word == "merge" ? "\(MergeDispatcher.prefix)\(order)" : name, to: daemon, document: "")
        if let number = Int(word) {
            command.attempt = AttemptKey(try #require(TaskID(rawValue: "000000000\(number)")), 1)
        }
        return QueuedCommand(command, order: order, queuedAt: Timestamp(millisecondsSince1970: 0))
    }

    /// In which order commands go that are there from the beginning.
    private func course(_ names: [String]) throws -> [Int] {
        var lanes = CommandLanes()
        var course: [Int] = []
        for (order, name) in names.enumerated() {
            let command = try command(name, order: order)
            if lanes.add(command, name.hasSuffix("!") ? Self.work : []) { course.append(order) }
        }
        while let load = lanes.first {
            #expect(load.shipments == Self.work)
            course.append(load.command.order)
            course += lanes.finish().map(\.order)
        }
        #expect(lanes.finish().isEmpty)
        return course
    }

    @Test(
        arguments: [
            ([], []), (["1", "2", "1"], [0, 1, 2]), (["merge!", "1", "drain", "2!"], [1, 2, 0, 3]),
            (["1!", "1", "2", "1"], [2, 0, 1, 3]), (["merge!", "merge", "1"], [2, 0, 1]),
            (["1!", "2!", "1", "2", "3"], [4, 0, 2, 1, 3]), (["1!", "1", "1!", "1"], [0, 1, 2, 3]),
            (["merge!", "1!", "merge", "1", "merge!", "merge"], [0, 2, 1, 3, 4, 5]),
        ] as [([String], [Int])]
    )
    func whatHasWorkHoldsUpItsLaneOnly(names: [String], order: [Int]) throws {
        #expect(try course(names) == order)
    }

    @Test func aDaemonHasWhatItHasWrittenDown() throws {
        let (anna, berta) = (try #require(DaemonID(rawValue: "anna")), try #require(DaemonID(rawValue: "berta")))
        let book = ReceiptBook()
        book.note("merge-1.0.0", by: anna)
        #expect(!book.has("merge-1.0.0", of: "merge-1", anna), "nothing of it was sent")
        for command in ["merge-1", "merge-11", "merge-1"] { book.open(command, to: anna) }
        book.note("merge-1.0.0", by: anna)
        book.note("merge-11", by: anna)
        book.note("merge-2.0.0", by: anna)
        book.note("merge-1.0.1", by: berta)
        #expect(book.has("merge-1.0.0", of: "merge-1", anna) && !book.has("merge-1.0.1", of: "merge-1", anna))
        #expect(book.has("merge-11.7.7", of: "merge-11", anna), "who has a command has what went before it")
        #expect(!book.has("merge-1.0.0", of: "merge-1", berta))
        book.close("merge-11", of: anna)
        #expect(!book.has("merge-11.7.7", of: "merge-11", anna) && book.has("merge-1.0.0", of: "merge-1", anna))
        book.forget(anna)
        #expect(!book.has("merge-1.0.0", of: "merge-1", anna))
    }

    @Test func theOldestReceiptsAreForgotten() throws {
        let anna = try #require(DaemonID(rawValue: "anna"))
        let book = ReceiptBook()
        for number in 1...65 {
            book.open("spawn-\(number)", to: anna)
            book.note("spawn-\(number).0", by: anna)
        }
        #expect(!book.has("spawn-1.0", of: "spawn-1", anna) && book.has("spawn-2.0", of: "spawn-2", anna))
    }
}
