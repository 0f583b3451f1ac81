import Domain
import Runner
import Testing
import Wire

@testable import Commands

struct TopScreenTests {
    private static func draw(_ model: TopModel, colour: Bool = false) -> VirtualScreen {
        var painter = TopPainter()
        let bytes = painter.frame(TopScreen(model).frame, size: model.size, colour: colour)
        return VirtualScreen(bytes, size: model.size)
    }

    @Test func theListAndTheDetailOfOneTask() throws {
        let model = try TopSample.asked()
        let screen = Self.draw(model)
        #expect(screen.faults.isEmpty && screen.colours == 0)
        try expectSnapshot(screen.text + "\n", "top-list.txt")
    }

    @Test func theDetailTellsOfIterations() throws {
        var model = try TopSample.model()
        var dossier = try Sample.fullDossier(.iterationLimit(used: 2, limit: 2, ceiling: 50))
        dossier.callName = "a"
        let view = TopSample.view("aaaaaaaaaa", "Parser", .iterationLimitReached)
        let facts = ServerFacts(address: TopSample.address, view: view)
        _ = model.handle(.detail(TopDetail(id: "aaaaaaaaaa", dossier: dossier, server: facts)))
        try expectSnapshot(Self.draw(model).text + "\n", "top-detail.txt")
    }

    @Test func aSmallTerminalShowsTheSame() throws {
        let model = try TopSample.asked(size: TerminalSize(columns: 40, rows: 10))
        try expectSnapshot(Self.draw(model).text + "\n", "top-small.txt")
    }

    /// Whatever is shown, at any size: nothing is drawn beyond the edges, and every row is there.
    @Test func everySizeIsFilledAndNoneExceeded() throws {
        let request = PermissionRequest(tool: "Bash", kind: .other, subject: String(repeating: "日本 x\n", count: 50))
        let states: [[TopKey]] = [
            [], [.enter], [.character("?")], [.character("/"), .paste("Parser")], [.character("s")],
            [.character("m"), .paste(String(repeating: "long 日本 ", count: 40))], [.character("a"), .pageDown],
            [.character("a"), .paste("perhaps"), .enter], [.end], [.character("/"), .paste("nothing at all"), .enter],
        ]
        for columns in [1, 3, 20, 40, 80, 200] {
            for rows in [1, 2, 3, 6, 10, 24] {
                for keys in states {
                    let size = TerminalSize(columns: columns, rows: rows)
                    var model = try TopSample.asked(permission: request, size: size)
                    _ = model.press(keys)
                    let frame = TopScreen(model).frame
                    #expect(frame.lines.count == rows, "\(size) \(keys)")
                    let screen = Self.draw(model, colour: true)
                    #expect(screen.faults.isEmpty, "\(size) \(keys) \(screen.faults)")
                    #expect(frame.cursor.map { $0.row < rows && $0.column < columns } ?? true, "\(size) \(keys)")
                }
            }
        }
    }

    @Test func onlyWhatChangedIsDrawn() throws {
        var model = try TopSample.model()
        var painter = TopPainter()
        let whole = painter.frame(TopScreen(model).frame, size: model.size, colour: true)
        let isSame = painter.frame(TopScreen(model).frame, size: model.size, colour: true).isEmpty
        #expect(isSame)
        var screen = VirtualScreen(whole, size: model.size)
        _ = model.handle(.tick(TopSample.now + .seconds(1)))
        let clock = painter.frame(TopScreen(model).frame, size: model.size, colour: true)
        #expect(String(decoding: clock, as: UTF8.self).split(separator: ";1H").count == 2)
        _ = model.press([.down, .character("m"), .character("x")])
        screen.draw(clock + painter.frame(TopScreen(model).frame, size: model.size, colour: true))
        #expect(screen.text == Self.draw(model).text && screen.modes == VirtualScreen.plain)
        _ = model.press([.escape])
        screen.draw(painter.frame(TopScreen(model).frame, size: model.size, colour: true))
        #expect(screen.modes == ["?7"])
        painter.forget()
        let isWhole = painter.frame(TopScreen(model).frame, size: model.size, colour: true).count > whole.count / 2
        #expect(isWhole)
    }

    @Test func withoutColoursMarksTellTheSame() throws {
        var model = try TopSample.model()
        _ = model.press([.end])
        let screen = Self.draw(model)
        #expect(screen.lines.contains { $0.hasPrefix("▸!  cccccc") })
        #expect(Self.draw(model, colour: true).text == screen.text)
        #expect(Self.draw(model, colour: true).colours > 0)
    }

    @Test func whatIsWrongIsAboveEverything() throws {
        var model = try TopSample.model()
        var listing = TaskListing(tasks: [], unreadable: [UnreadableTask(id: "x", message: "", directory: "")])
        listing.older = 7
        _ = model.handle(.local(listing))
        _ = model.handle(.server(.away("It cannot be reached.")))
        let lines = Self.draw(model).lines
        #expect(lines[0].contains("7 older") && lines[0].contains("server away"))
        #expect(lines[1] == "! It cannot be reached.")
        #expect(lines[2].hasPrefix("! 1 task cannot be read"))
        _ = model.handle(.localUnreadable("It is damaged."))
        #expect(Self.draw(model).lines[1] == "! The tasks of this machine cannot be read: It is damaged.")
    }

    @Test func theFirstMomentAndNoTasksAreSaid() throws {
        var model = TopModel(size: TopSample.size, now: TopSample.now)
        #expect(Self.draw(model).text.contains("Reading the tasks"))
        _ = model.handle(.local(TaskListing(tasks: [])))
        #expect(Self.draw(model).text.contains("There are no tasks yet."))
        #expect(Self.draw(model).lines[0].contains("this machine"))
    }

    @Test func anEmptyLogIsToldFromOneThatIsBeingRead() throws {
        var model = try TopSample.model()
        _ = model.press([.enter])
        #expect(Self.draw(model).text.contains("Reading the log …"))
        _ = model.handle(.log(TopLogPart(id: "aaaaaaaaaa", lines: [], isFirst: true)))
        #expect(Self.draw(model).text.contains("There is no output yet."))
    }

    @Test func allOfAPermissionCanBeReadBeforeItIsGiven() throws {
        let command = (0..<40).map { "line \($0) " + String(repeating: "x", count: 100) }.joined(separator: "\n")
        var model = try TopSample.asked(permission: PermissionRequest(tool: "Bash", kind: .other, subject: command))
        _ = model.press([.character("a")])
        var seen = ""
        for _ in 0..<10 {
            seen += Self.draw(model).text.filter { !$0.isWhitespace }
            _ = model.press([.pageDown])
        }
        for number in 0..<40 { #expect(seen.contains("line\(number)" + String(repeating: "x", count: 60))) }
        #expect(Self.draw(model).text.contains("'always' is for"))
    }

    @Test func theEndOfALongLineIsWhereItIsTyped() throws {
        var model = try TopSample.model(size: TerminalSize(columns: 40, rows: 10))
        _ = model.press([.character("m"), .paste(String(repeating: "a", count: 100) + "end")])
        let frame = TopScreen(model).frame
        let line = frame.lines[8].text
        #expect(line.hasPrefix("To aaaa: …aaa") && line.hasSuffix("aend"))
        #expect(frame.cursor == TopFrame.Position(row: 8, column: 39))
    }

    @Test func nothingHostileGetsThrough() throws {
        let hostile = "x\u{1B}]52;c;ZXZpbA==\u{07}\u{1B}[2J\u{9B}5n\u{202E}y\rError: forged\nHint: rm"
        var model = TopModel(size: TopSample.size, now: TopSample.now)
        let task = try TopSample.record("aaaaaaaaaa", hostile, .blocked(.question(text: hostile)))
        var view = TopSample.view("dddddddddd", hostile)
        (view.daemonId, view.waitsFor) = (hostile, [hostile])
        _ = model.handle(.local(TaskListing(tasks: [task])))
        _ = model.handle(.server(.there(address: hostile, [view])))
        var dossier = Sample.dossier(task)
        let request = PermissionRequest(tool: hostile, kind: .other, subject: hostile)
        dossier.talk = TaskTalk(questions: [TopSample.question(permission: request)])
        let facts = ServerFacts(address: hostile, view: view)
        _ = model.handle(.detail(TopDetail(id: task.id.rawValue, dossier: dossier, server: facts)))
        for keys: [TopKey] in [[], [.enter], [.escape, .character("/"), .paste(hostile)], [.escape, .character("a")]] {
            _ = model.press(keys)
            _ = model.handle(.log(TopLogPart(id: task.id.rawValue, lines: [StyledLine(hostile)])))
            _ = model.handle(.told(TopNotice(hostile, hint: hostile)))
            #expect(Self.draw(model, colour: true).faults.isEmpty, "\(keys)")
        }
        _ = model.handle(.localUnreadable(hostile))
        _ = model.handle(.server(.away(hostile)))
        #expect(Self.draw(model, colour: true).faults.isEmpty)
    }
}
