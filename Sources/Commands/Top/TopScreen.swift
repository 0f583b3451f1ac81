import Domain
import Runner
import Wire

/// What `makima top` looks like: a model as lines, and nothing else.
struct TopScreen {
    private let model: TopModel
    private let layout: TopLayout

    init(_ model: TopModel) {
        self.model = model
        layout = TopLayout(model)
    }

    private var columns: Int { layout.columns }

    /// As many lines as the terminal has rows.
    var frame: TopFrame {
        var lines = (layout.hasHeader ? [TopHeader(model).line(columns: columns)] : []) + layout.warnings
        lines += Self.filled(body, to: layout.body) + layout.messages
        var cursor: TopFrame.Position?
        if let typed = promptLine {
            cursor = typed.column.map { .init(row: lines.count, column: $0) }
            lines.append(typed.line)
        }
        if layout.hasFooter { lines.append(TopFooter(model).line(columns: columns)) }
        let shown = Self.filled(lines, to: layout.rows).map { $0.fitted(to: columns) }
        if let place = cursor, place.row >= layout.rows { cursor = nil }
        return TopFrame(lines: shown, cursor: cursor)
    }

    private static func filled(_ lines: [StyledLine], to height: Int) -> [StyledLine] {
        Array(lines.prefix(height)) + Array(repeating: "", count: max(0, height - lines.count))
    }

    /// What a person has to know, whatever they look at.
    static func warnings(of model: TopModel) -> [StyledLine] {
        var lines: [String] = []
        if let trouble = model.trouble { lines.append("The tasks of this machine cannot be read: \(trouble)") }
        switch model.server {
        case .away(let problem): lines.append(problem)
        case .asleep(let count):
            lines.append("The server does not run, and has \(count.counted("task")) not over; 'makima up' starts it.")
        case .none, .there: break
        }
        let left = (model.listing?.unreadable.count ?? 0) + (model.listing?.unrecovered.count ?? 0)
        if left > 0 { lines.append("\(left.counted("task")) cannot be read or recorded; 'makima list' says why.") }
        return lines.map { StyledLine("! ", .warning) + StyledLine($0) }
    }

    private var body: [StyledLine] {
        if case .answer(_, let question, let row)? = model.prompt { return questionPage(question, row) }
        return switch model.view {
        case .list: list + (layout.detailHeight > 0 ? [divider] + detail : [])
        case .log: logPage
        case .help: TopFooter.help.flatMap { $0.wrapped(to: columns, indentation: 2) }
        }
    }

    private var divider: StyledLine { StyledLine(String(repeating: "─", count: columns), .faint) }

    // MARK: - The list

    private var list: [StyledLine] {
        guard !model.shown.isEmpty else { return Self.filled(emptiness, to: layout.listHeight + headHeight) }
        let lines = table.lines(columns: columns)
        let height = layout.listHeight
        let rows = lines.dropFirst().enumerated().dropFirst(model.listTop).prefix(height)
            .map { index, line in index == model.selectedIndex ? Self.highlighted(line, columns) : line }
        return (layout.hasTableHead ? [lines[0]] : []) + Self.filled(rows, to: height)
    }

    private var headHeight: Int { layout.hasTableHead ? 1 : 0 }

    private var emptiness: [StyledLine] {
        if model.listing == nil, model.trouble == nil { return [StyledLine("Reading the tasks …", .faint)] }
        guard model.rows.isEmpty else { return ["No task has '\(model.filter)' in what is shown of it."] }
        return ["There are no tasks yet. Begin one with 'makima run PLAN'."]
    }

    /// Reversed over the whole width; without colours the mark at its beginning tells.
    private static func highlighted(_ line: StyledLine, _ columns: Int) -> StyledLine {
        StyledLine(DisplayWidth.pad(line.text, to: columns), .selected)
    }

    private var table: Table {
        let hasServer = model.rows.contains { $0.view != nil }
        let header = ["  ", "TASK", "STATUS", "ITER", "COST", "AGE"] + (hasServer ? ["DAEMON"] : []) + ["NAME"]
        var table = Table(header: header, flexibleColumn: header.count - 1)
        table.dispensable = hasServer ? [4, 5, 3, 6] : [4, 5, 3]
        for row in model.shown {
            let mark = StyledLine(row.id == model.selectedID ? "▸" : " ")
            table.add(
                [
                    mark + (row.needsPerson ? StyledLine("!", .warning) : " "),
                    StyledLine(String(row.id.prefix(6)), .strong), status(of: row), StyledLine(row.iterations),
                    StyledLine(row.usage.costWords), StyledLine((model.now - row.updatedAt).age),
                ] + (hasServer ? [StyledLine(row.daemon ?? "")] : []) + [StyledLine(row.name)]
            )
        }
        return table
    }

    /// A narrow terminal has room for the status alone.
    private func status(of row: ListRow) -> StyledLine {
        guard columns < Self.wide else { return (row.statusLine + row.remark).fitted(to: columns / 3) }
        return row.status.mark + StyledLine(" \(row.asks ? "asks you" : row.status.shortWords)")
    }

    private static let wide = 60

    // MARK: - One task

    private var detail: [StyledLine] {
        guard let row = model.selected else { return [] }
        let pane = TopDetailPane(row: row, detail: model.selectedDetail).lines(columns: columns)
        let height = layout.detailHeight
        // The name is in the list, too.
        let lines = height < Self.leastWithTitle ? Array(pane.dropFirst()) : pane
        guard lines.count > height, height >= Self.leastWithTitle else { return lines }
        let more = StyledLine("… 'makima show \(row.callName)' has the rest.", .faint)
        return lines.prefix(height - 1) + [more]
    }

    private static let leastWithTitle = 5

    private var logPage: [StyledLine] {
        guard let row = model.selected else { return [] }
        let height = layout.bodyHeight
        let rows = model.log.rows
        let top = model.logTop ?? max(0, rows.count - height)
        let place =
            model.logTop == nil ? "following" : "\(min(rows.count, top + height)) of \(rows.count), End follows"
        let title =
            StyledLine("Log of \(row.callName) ", .strong) + row.statusLine + StyledLine(" · \(place) · ", .faint)
            + StyledLine(row.name)
        let shown = Array(rows.dropFirst(top).prefix(height))
        let emptiness = model.isLogRead ? "There is no output yet." : "Reading the log …"
        return [title] + (rows.isEmpty ? [StyledLine(emptiness, .faint)] : shown)
    }

    /// All of what is asked: nobody allows what they have not seen.
    private func questionPage(_ question: TaskQuestion, _ row: ListRow) -> [StyledLine] {
        let lines = Self.text(of: question, columns: columns)
        let shown = lines.dropFirst(model.promptTop).prefix(layout.bodyHeight)
        let left = lines.count - model.promptTop - shown.count
        let more = left > 0 ? " · \(left.counted("more line")), PgDn" : ""
        return [StyledLine("Question \(question.number) of task \(row.callName)\(more)", .strong)] + shown
    }

    /// What an agent asks, in whole.
    static func text(of question: TaskQuestion, columns: Int) -> [StyledLine] {
        if let request = question.permission {
            let lines = [StyledLine("May the agent use \(request.tool)?", .warning)] + request.shownLines
            return (lines + [StyledLine("'always' is for \(request.reach).", .faint)])
                .flatMap { $0.broken(to: columns) }
        }
        let text = TerminalText.clean(question.asked.text)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { StyledLine(String($0)) }
        let options = question.asked.options
        let offered = options.isEmpty ? [] : [StyledLine("Offered: \(options.listed(atMost: 10))", .faint)]
        return (text + offered).flatMap { $0.broken(to: columns) }
    }

    // MARK: - What is typed

    private var promptLine: (line: StyledLine, column: Int?)? {
        switch model.prompt {
        case .filter(let line, _): typed("Filter: ", line)
        case .message(let line, let row): typed("To \(row.callName): ", line)
        case .answer(let line, let question, _):
            typed(question.permission == nil ? "Answer: " : "yes, always, no WHY: ", line)
        case .limit(let line, let row): typed("Iterations of \(row.callName) in all: ", line)
        case .stop(let row):
            (StyledLine("Stop task \(row.callName)? y/n  ", .warning) + StyledLine(row.name, .faint), nil)
        case nil: nil
        }
    }

    /// The end of a line that is too long: there it is typed.
    private func typed(_ label: String, _ line: TopLine) -> (line: StyledLine, column: Int?) {
        let room = max(1, columns - DisplayWidth.of(label) - 1)
        let head = TerminalText.cleanLine(line.head)
        let isCut = DisplayWidth.of(head) > room
        let end = Self.end(of: head, columns: isCut ? room - 1 : room)
        let tail = TerminalText.cleanLine(String(line.text.dropFirst(line.cursor)))
        let start = StyledLine(label, .accent) + StyledLine(isCut ? "…" : "") + StyledLine(end)
        return (start + StyledLine(tail), min(start.width, columns - 1))
    }

    private static func end(of text: String, columns: Int) -> String {
        var left = columns
        return String(
            text.reversed()
                .prefix { character in
                    left -= DisplayWidth.of(character)
                    return left >= 0
                }
                .reversed()
        )
    }
}
