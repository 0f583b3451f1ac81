import Domain
import Runner
import Wire

/// Everything that `makima top` shows, and what follows from each event; it knows no clock, no terminal and no tasks but
/// those that it is told of.
struct TopModel: Sendable {
    /// What fills the screen.
    enum View: Hashable, Sendable, CaseIterable {
        case list
        case log
        case help
    }

    /// What is being asked of the person; keys go there first.
    enum Prompt: Hashable, Sendable {
        /// `before` comes back where it is given up.
        case filter(TopLine, before: String)
        case stop(ListRow)
        case message(TopLine, ListRow)
        case answer(TopLine, TaskQuestion, ListRow)
        /// How many iterations the task may use up in all.
        case limit(TopLine, ListRow)
    }

    private(set) var size: TerminalSize
    private(set) var now: Timestamp
    var view = View.list
    /// What help gives the screen back to.
    var viewBefore = View.list
    var prompt: Prompt?
    /// How far the text of a question is scrolled.
    var promptTop = 0
    var filter = ""
    var notice: TopNotice?

    private(set) var listing: TaskListing?
    /// Why this machine's tasks cannot be read now.
    private(set) var trouble: String?
    private(set) var server = TopServer.none
    /// The last that it told, where it is away.
    private var views: [TaskView] = []
    /// All tasks, newest first.
    private(set) var rows: [ListRow] = []
    /// Those that the filter lets through.
    private(set) var shown: [ListRow] = []
    private(set) var selectedID: String?
    /// Whether somebody has pressed a key: until then the newest is selected, whatever order tasks become known in.
    var isChosen = false
    /// The first of ``shown`` that is to be seen.
    private(set) var listTop = 0

    private(set) var detail: TopDetail?
    private(set) var log: TopLogText
    private var logID: String?
    /// The first row of the log that is to be seen; `nil` while it follows the end.
    var logTop: Int?

    private var focus: TopFocus?

    init(size: TerminalSize, now: Timestamp) {
        self.size = size
        self.now = now
        log = TopLogText(columns: max(1, size.columns))
    }

    /// Where the selected task is in ``shown``.
    var selectedIndex: Int? { selectedID.flatMap { id in shown.firstIndex { $0.id == id } } }
    var selected: ListRow? { selectedIndex.map { shown[$0] } }

    /// What is known of the selected task; `nil` before it is read.
    var selectedDetail: TopDetail? { detail?.id == selectedID ? detail : nil }

    /// Whether anything has been heard of the selected task's log.
    var isLogRead: Bool { logID != nil && logID == selectedID }

    /// Takes in what happened; returns what is to be done.
    mutating func handle(_ event: TopEvent) -> [TopEffect] {
        var effects: [TopEffect] = []
        switch event {
        case .key(let key): effects = press(key)
        case .local(let listing):
            self.listing = listing
            trouble = nil
            arrange()
        case .localUnreadable(let problem): trouble = problem
        case .server(let server):
            self.server = server
            switch server {
            case .none, .asleep: views = []
            case .there(_, let views): self.views = views
            case .away: break
            }
            arrange()
        case .detail(let detail): if detail.id == selectedID { self.detail = detail }
        case .log(let part): take(part)
        case .told(let notice): self.notice = notice
        case .resized(let size):
            self.size = size
            log.wrap(to: max(1, size.columns))
            settle()
        case .tick(let now): self.now = now
        case .ended: effects = [.quit(.interrupted)]
        }
        return effects + refocus()
    }

    /// Selects the task at `index` of those shown, or the nearest there is.
    mutating func select(_ index: Int) {
        guard !shown.isEmpty else { return }
        isChosen = true
        selectedID = shown[min(max(0, index), shown.count - 1)].id
        settle()
    }

    /// Applies the filter and keeps what is selected, or else what stands in its place.
    mutating func arrange() {
        let place = selectedIndex ?? 0
        rows = ListRow.all(of: listing ?? TaskListing(tasks: []), and: views)
        let wanted = filter.lowercased()
        shown = wanted.isEmpty ? rows : rows.filter { $0.isFound(by: wanted) }
        if !isChosen {
            selectedID = shown.first?.id
        } else if selectedIndex == nil {
            selectedID = shown.isEmpty ? nil : shown[min(place, shown.count - 1)].id
        }
        settle()
    }

    /// Keeps what is selected in sight, and nothing scrolled beyond its end.
    private mutating func settle() {
        let height = max(1, TopLayout(self).listHeight)
        if let index = selectedIndex { listTop = min(max(listTop, index - height + 1), index) }
        listTop = max(0, min(listTop, shown.count - height))
        if let top = logTop { scrollLog(to: top) }
    }

    /// Shows the log from this row on; from the last ones on it follows.
    mutating func scrollLog(to top: Int) {
        let last = max(0, log.rows.count - TopLayout(self).bodyHeight)
        logTop = top >= last ? nil : max(0, top)
    }

    private mutating func take(_ part: TopLogPart) {
        guard part.id == selectedID else { return }
        if part.isFirst || logID != part.id {
            log = TopLogText(columns: max(1, size.columns))
            logID = part.id
            logTop = nil
        }
        let gone = log.append(part.lines)
        if let top = logTop { logTop = max(0, top - gone) }
    }

    /// Tells where another task is looked at now, or the same one has changed.
    private mutating func refocus() -> [TopEffect] {
        let isLog = view == .log || (view == .help && viewBefore == .log)
        let wanted = selected.map { TopFocus(row: $0, wantsLog: isLog) }
        guard wanted != focus else { return [] }
        if wanted?.row.id != focus?.row.id || wanted?.wantsLog != true {
            log = TopLogText(columns: max(1, size.columns))
            (logID, logTop) = (nil, nil)
        }
        focus = wanted
        return [.look(wanted)]
    }
}

extension ListRow {
    /// Whether it has `text`, which is in lower case, in what the list shows of it.
    func isFound(by text: String) -> Bool {
        [id, name, status.words, daemon ?? ""].contains { $0.lowercased().contains(text) }
    }

    /// Whether nothing goes on before a person has done something.
    var needsPerson: Bool {
        if status == .blocked || view?.standstill != nil { return true }
        if case .waiting(let cause, _)? = view?.reason?.reason(of: status), cause == .answer || cause == .permission {
            return true
        }
        return status.isActive && (asks || isOrphaned)
    }

    /// Whether there is something to stop.
    var goesOn: Bool { isOrphaned || !(view?.status.isAtRest ?? isAtRest) }
}
