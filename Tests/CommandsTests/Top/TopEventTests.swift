import Domain
import Runner
import Testing
import Wire

@testable import Commands

/// What becomes of the model when the world changes.
struct TopEventTests {
    private static func looks(_ effects: [TopEffect]) -> [String?] {
        effects.compactMap { if case .look(let focus) = $0 { .some(focus?.row.name) } else { nil } }
    }

    @Test func theSelectionStaysWithItsTask() throws {
        var model = try TopSample.model()
        model.select(2)
        #expect(model.selected?.name == "Lexer")
        let new = try TopSample.record("eeeeeeeeee", "New", age: -10)
        let tasks = [new] + (model.listing?.tasks ?? [])
        let looks = Self.looks(model.handle(.local(TaskListing(tasks: tasks))))
        #expect(looks == ["Lexer"])
        #expect(model.selected?.name == "Lexer" && model.selectedIndex == 3)
    }

    /// What is known first need not be the newest.
    @Test func theNewestIsSelectedUntilAKeyIsPressed() throws {
        let tasks = [try TopSample.record("bbbbbbbbbb", "Lexer", age: 20)]
        let newer = TopServer.there(address: TopSample.address, [TopSample.view("dddddddddd", "Remote")])
        for key in [nil, TopKey.unknown] {
            var model = TopModel(size: TopSample.size, now: TopSample.now)
            _ = model.handle(.local(TaskListing(tasks: tasks)))
            if let key { _ = model.handle(.key(key)) }
            _ = model.handle(.server(newer))
            #expect(model.selected?.name == (key == nil ? "Remote" : "Lexer"))
        }
    }

    @Test func whereTheSelectedTaskIsGoneItsPlaceIsSelected() throws {
        var model = try TopSample.model()
        model.select(3)
        _ = model.handle(.local(TaskListing(tasks: [])))
        #expect(model.selected?.name == "Remote")
        let looks = Self.looks(model.handle(.server(.none)))
        #expect(looks == [nil])
        #expect(model.selected == nil)
    }

    @Test func aServerThatIsAwayKeepsItsTasksInSight() throws {
        var model = try TopSample.model()
        _ = model.handle(.server(.away("It cannot be reached.")))
        #expect(model.rows.count == 4)
        _ = model.handle(.localUnreadable("It is damaged."))
        #expect(model.rows.count == 4 && model.trouble == "It is damaged.")
        _ = model.handle(.local(TaskListing(tasks: [])))
        #expect(model.trouble == nil && model.rows.count == 1)
    }

    @Test func whatIsSelectedIsLookedAtOnce() throws {
        var model = try TopSample.model()
        let down = Self.looks(model.handle(.key(.down)))
        #expect(down == ["Remote"])
        let nothing = Self.looks(model.handle(.key(.unknown)))
        #expect(nothing.isEmpty)
        let focus = TopFocus(row: try #require(model.selected), wantsLog: true)
        let entered = model.handle(.key(.enter))
        #expect(entered == [.look(focus)])
        let helped = Self.looks(model.handle(.key(.character("?"))))
        #expect(helped.isEmpty)
    }

    @Test func whatIsToldOfAnotherTaskIsPassedOver() throws {
        var model = try TopSample.model()
        _ = model.handle(.detail(TopDetail(id: "cccccccccc")))
        #expect(model.detail == nil)
        _ = model.handle(.log(TopLogPart(id: "cccccccccc", lines: ["x"], isFirst: true)))
        #expect(model.log.rows.isEmpty)
    }

    @Test func theLogFollowsUntilItIsScrolled() throws {
        var model = try TopSample.model()
        _ = model.press([.enter])
        func more(_ count: Int) -> TopEvent {
            .log(TopLogPart(id: "aaaaaaaaaa", lines: (0..<count).map { StyledLine("line \($0)") }))
        }
        _ = model.handle(more(100))
        #expect(model.logTop == nil)
        _ = model.press([.pageUp])
        let top = try #require(model.logTop)
        _ = model.handle(more(50))
        #expect(model.logTop == top)
        _ = model.handle(more(TopLogText.most - 100))
        #expect(model.logTop == top - 50)
        #expect(model.log.rows.count == TopLogText.most)
        _ = model.press([.pageDown, .end])
        #expect(model.logTop == nil)
        _ = model.press([.escape, .down])
        #expect(model.log.rows.isEmpty)
    }

    @Test func anotherSizeBreaksTheLogAnewAndKeepsTheSelectionInSight() throws {
        var model = try TopSample.model()
        _ = model.press([.enter])
        let line = StyledLine(String(repeating: "word ", count: 30))
        _ = model.handle(.log(TopLogPart(id: "aaaaaaaaaa", lines: [line], isFirst: true)))
        let before = model.log.rows.count
        _ = model.handle(.resized(TerminalSize(columns: 20, rows: 7)))
        #expect(model.log.rows.count > before)
        _ = model.press([.escape, .end])
        let layout = TopLayout(model)
        #expect(model.listTop + layout.listHeight > 3)
    }

    @Test func theEndIsTheEndInEveryMode() throws {
        for keys: [TopKey] in [[], [.enter], [.character("?")], [.character("/")], [.character("m")]] {
            var model = try TopSample.model()
            _ = model.press(keys)
            let effects = model.handle(.ended)
            #expect(effects.contains(.quit(.interrupted)))
        }
    }

    @Test func thoseThatNeedSomebodyAreTold() throws {
        var row = ListRow(record: try TopSample.record("aaaaaaaaaa", "Parser"), callName: "a")
        #expect(!row.needsPerson && row.goesOn)
        row.asks = true
        #expect(row.needsPerson)
        (row.asks, row.isOrphaned) = (false, true)
        #expect(row.needsPerson)
        row.record = try TopSample.record("aaaaaaaaaa", "Parser", .blocked(.question(text: "?")))
        #expect(row.needsPerson)
        var view = TopSample.view("aaaaaaaaaa", "Parser", .waiting)
        view.reason = WireReason(.waiting(.answer, until: nil), task: TaskCall("a"))
        #expect(ListRow(view: view, callName: "a").needsPerson)
        view.reason = WireReason(.waiting(.network, until: nil), task: TaskCall("a"))
        #expect(!ListRow(view: view, callName: "a").needsPerson)
        view = TopSample.view("aaaaaaaaaa", "Parser", .pending)
        #expect(!ListRow(view: view, callName: "a").needsPerson)
        view.standstill = WireStandstill()
        #expect(ListRow(view: view, callName: "a").needsPerson)
    }
}
