import Domain
import Runner
import Testing
import Wire

@testable import Commands

struct TopModelTests {
    // MARK: - Every key in every mode

    static let keys: [TopKey] =
        [
            .enter, .tab, .escape, .backspace, .delete, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end,
            .unknown, .control("c"), .control("l"), .control("z"), .paste("pasted"),
        ] + "jkgGsprqamyn/?x".map { .character($0) }

    /// What a key does in a mode: where it leads, and what is to be done; what is not named does nothing.
    struct Mode: Sendable {
        var name: String
        var keysBefore: [TopKey]
        var position: String
        var outcomes: [TopKey: (String, [TopEffect])]
    }

    /// The first task is at work and asks something; the lines of its log are numbered.
    private static func model() throws -> TopModel {
        var model = try TopSample.asked()
        _ = model.handle(.key(.tab))
        let lines = (0..<100).map { StyledLine("line \($0)") }
        _ = model.handle(.log(TopLogPart(id: "aaaaaaaaaa", lines: lines, isFirst: true)))
        return model
    }

    private static func modes() throws -> [Mode] {
        let row = try #require(try model().selected)
        let everywhere: [TopKey: (String, [TopEffect])] = [.control("l"): ("", [.repaint])]
        let common: [TopKey: (String, [TopEffect])] = [
            .character("q"): ("", [.quit(.success)]), .character("p"): ("", [.give(.pause, row)]),
        ]
        func orders(in place: String) -> [TopKey: (String, [TopEffect])] {
            common.merging([
                .character("s"): ("\(place) stop:Parser Parser", []), .character("?"): ("help Parser", []),
                .character("a"): ("\(place) answer::4 Parser", []),
                .character("m"): ("\(place) message::Parser Parser", []),
            ]) { $1 }
        }
        let list: [TopKey: (String, [TopEffect])] = [
            .enter: ("log end Parser", []), .tab: ("log end Parser", []), .down: ("list Remote", []),
            .character("j"): ("list Remote", []), .pageDown: ("list Printer", []), .end: ("list Printer", []),
            .character("G"): ("list Printer", []), .character("/"): ("list filter: Parser", []),
        ]
        let log: [TopKey: (String, [TopEffect])] = [
            .enter: ("list Parser", []), .tab: ("list Parser", []), .escape: ("list Parser", []),
            .up: ("log 29 Parser", []), .character("k"): ("log 29 Parser", []), .down: ("log 31 Parser", []),
            .character("j"): ("log 31 Parser", []), .pageUp: ("log 10 Parser", []), .pageDown: ("log 50 Parser", []),
            .home: ("log 0 Parser", []), .character("g"): ("log 0 Parser", []), .end: ("log end Parser", []),
            .character("G"): ("log end Parser", []),
        ]
        let modes = [
            Mode(
                name: "list",
                keysBefore: [.escape],
                position: "list Parser",
                outcomes: list.merging(orders(in: "list")) { $1 }
            ),
            Mode(
                name: "log",
                keysBefore: [.home, .pageDown] + Array(repeating: .down, count: 10),
                position: "log 30 Parser",
                outcomes: log.merging(orders(in: "log 30")) { $1 }
            ),
        ]
        return modes.map { mode in
            var mode = mode
            mode.outcomes.merge(everywhere) { $1 }
            return mode
        } + prompts(row)
    }

    private static func prompts(_ row: ListRow) -> [Mode] {
        var help: [TopKey: (String, [TopEffect])] = [.control("l"): ("", [.repaint])]
        for key in keys where ![.control("c"), .control("l")].contains(key) { help[key] = ("list Parser", []) }
        var stop: [TopKey: (String, [TopEffect])] = [.control("l"): ("", [.repaint])]
        for key in keys { if case .character = key { stop[key] = ("list Parser", []) } }
        for key in [TopKey.enter, .escape] { stop[key] = ("list Parser", []) }
        stop[.character("y")] = ("list Parser", [.give(.stop, row)])
        return [
            Mode(name: "help", keysBefore: [.escape, .character("?")], position: "help Parser", outcomes: help),
            Mode(
                name: "stop",
                keysBefore: [.escape, .character("s")],
                position: "list stop:Parser Parser",
                outcomes: stop
            ),
            Mode(
                name: "message",
                keysBefore: [.escape, .character("m"), .paste("hi")],
                position: "list message:hi:Parser Parser",
                outcomes: typed { "list message:\($0):Parser Parser" }
                    .merging([.enter: ("list Parser", [.give(.say("hi"), row)])]) { $1 }
            ),
            Mode(
                name: "answer",
                keysBefore: [.escape, .character("a"), .paste("hi")],
                position: "list answer:hi:4 Parser",
                outcomes: typed { "list answer:\($0):4 Parser" }
                    .merging([.enter: ("list Parser", [.give(.answer(question: 4, "hi"), row)])]) { $1 }
            ),
        ]
    }

    /// What keys do to the text "hi".
    private static func typed(_ position: (String) -> String) -> [TopKey: (String, [TopEffect])] {
        var outcomes: [TopKey: (String, [TopEffect])] = [
            .control("l"): ("", [.repaint]), .escape: ("list Parser", []), .backspace: (position("h"), []),
            .paste("pasted"): (position("hipasted"), []),
        ]
        for case .character(let character) in keys {
            outcomes[.character(character)] = (position("hi\(character)"), [])
        }
        return outcomes
    }

    @Test func everyKeyInEveryModeDoesWhatIsWrittenAndNoMore() throws {
        for mode in try Self.modes() {
            for key in Self.keys {
                var model = try Self.model()
                _ = model.press(mode.keysBefore)
                try #require(model.position == mode.position, "\(mode.name)")
                let effects = model.press([key])
                let quit: (String, [TopEffect])? = key == .control("c") ? (mode.position, [.quit(.success)]) : nil
                let wanted = quit ?? mode.outcomes[key] ?? (mode.position, [])
                #expect(effects == wanted.1, "\(key) in \(mode.name)")
                let position = wanted.0.isEmpty ? mode.position : wanted.0
                #expect(model.position == position, "\(key) in \(mode.name)")
            }
        }
    }

    // MARK: - Filter

    @Test func theListShowsWhatIsFoundWhileItIsTyped() throws {
        var model = try TopSample.model()
        _ = model.press([.character("/"), .character("E"), .character("r")])
        #expect(model.shown.map(\.name) == ["Parser", "Lexer", "Printer"])
        _ = model.press([.down, .enter])
        #expect(model.position == "list Lexer" && model.filter == "Er")
        _ = model.press([.character("/"), .backspace, .character("x"), .escape])
        #expect(model.filter == "Er" && model.shown.count == 3)
        _ = model.press([.escape])
        #expect(model.filter.isEmpty && model.shown.count == 4)
        #expect(model.position == "list Lexer")
    }

    @Test(arguments: [("cccc", "Printer"), ("PENDING", "Remote"), ("done", "Lexer"), ("nothing", nil)])
    func idsAndStatusesAreFoundToo(_ text: String, _ name: String?) throws {
        var model = try TopSample.model()
        _ = model.press([.character("/"), .paste(text), .enter])
        #expect(model.shown.map(\.name) == [name].compactMap { $0 })
        #expect(model.selected?.name == name)
        for key in Self.keys where key != .escape && key != .character("/") { _ = model.press([key]) }
    }

    // MARK: - What is not possible

    @Test(arguments: [
        (TopKey.character("s"), "Lexer", "Nothing runs task bbbb; it is 'done'."),
        (.character("p"), "Printer", "Nothing runs task cccc; it is 'blocked'."),
        (.character("r"), "Lexer", "Task bbbb is done."), (.character("m"), "Lexer", "Task bbbb is done."),
        (.character("r"), "Parser", "Task aaaa is at work already."),
        (.character("a"), "Parser", "Task aaaa asks nothing."),
        (.character("r"), "Printer", "A task of this machine is run by the command that resumes it."),
    ])
    func whatIsNotPossibleIsSaid(_ key: TopKey, _ name: String, _ words: String) throws {
        var model = try TopSample.model()
        model.select(try #require(model.shown.firstIndex { $0.name == name }))
        let effects = model.press([key])
        #expect(effects.isEmpty)
        #expect(model.notice?.text == words)
        let resumes = model.notice?.hint?.contains("makima resume cccc") == true
        #expect(resumes == (name == "Printer" && key == .character("r")))
        _ = model.press([.unknown])
        #expect(model.notice == nil)
    }

    @Test func aTaskOfTheServerThatStoppedGoesOn() throws {
        var model = try TopSample.model()
        let stopped = TopSample.view("dddddddddd", "Remote", .stalled, age: 10)
        _ = model.handle(.server(.there(address: TopSample.address, [stopped])))
        model.select(1)
        let row = try #require(model.selected)
        let resumed = model.press([.character("r")])
        #expect(resumed == [.give(.resume(maxIterations: nil), row)])
        let refused = model.press([.character("s")])
        #expect(refused.isEmpty && model.prompt == nil)
    }

    @Test func aTaskAtItsLimitIsAskedForTheNextOne() throws {
        var model = try TopSample.model()
        func stop(used: Int, limit: Int) throws -> ListRow {
            var view = TopSample.view("dddddddddd", "Remote", .iterationLimitReached, age: 10)
            view.reason = WireReason(.iterationLimit(used: used, limit: limit, ceiling: 50), task: TaskCall("dddd"))
            _ = model.handle(.server(.there(address: TopSample.address, [view])))
            model.select(1)
            return try #require(model.selected)
        }
        var row = try stop(used: 30, limit: 30)
        let asked = model.press([.character("r")])
        #expect(asked.isEmpty && model.position == "list limit:50:Remote Remote")
        let wrong = model.press([.control("u"), .character("x"), .enter])
        #expect(wrong.isEmpty && model.notice?.text == "'x' is no number of iterations.")
        let resumed = model.press([.backspace, .character("4"), .character("0"), .enter])
        #expect(resumed == [.give(.resume(maxIterations: 40), row)] && model.prompt == nil)
        let givenUp = model.press([.character("r"), .escape])
        #expect(givenUp.isEmpty && model.prompt == nil)
        // Nothing may be added: the refusal says so.
        row = try stop(used: 50, limit: 50)
        let refused = model.press([.character("r")])
        #expect(refused == [.give(.resume(maxIterations: nil), row)])
    }

    @Test func aPermissionIsAnsweredByYesAlwaysOrNo() throws {
        let request = PermissionRequest(tool: "Bash", kind: .other, subject: "npm install")
        var model = try TopSample.asked(permission: request)
        let row = try #require(model.selected)
        let unclear = model.press([.character("a"), .paste("perhaps"), .enter])
        #expect(unclear.isEmpty)
        #expect(model.notice != nil && model.position == "list answer:perhaps:4 Parser")
        let empty = model.press([.control("u"), .enter])
        #expect(empty.isEmpty && model.prompt != nil)
        let answered = model.press([.paste("no, ask first"), .enter])
        #expect(answered == [.give(.answer(question: 4, "no, ask first"), row)])
    }
}
