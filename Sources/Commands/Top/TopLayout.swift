/// How the rows of the terminal are shared out.
struct TopLayout {
    let columns: Int
    let rows: Int
    /// What is wrong, above everything else.
    let warnings: [StyledLine]
    /// What is asked of the person, or told to them, above the keys.
    let messages: [StyledLine]
    private let model: TopModel

    /// Nothing but the list fits where there are fewer.
    private static let leastWithDetail = 6
    private static let leastWithHead = 8
    private static let leastInList = 3
    /// Where there are fewer, what is wrong has one row.
    private static let leastWithSentences = 16

    init(_ model: TopModel) {
        self.model = model
        columns = max(1, model.size.columns)
        rows = max(1, model.size.rows)
        let room = max(0, rows - 6)
        let (columns, wrongs) = (columns, TopScreen.warnings(of: model))
        let lines = rows < Self.leastWithSentences ? wrongs : wrongs.flatMap { $0.wrapped(to: columns, indentation: 2) }
        warnings = Array(lines.prefix(min(rows < Self.leastWithSentences ? 1 : 4, room)))
        messages = Array((model.notice?.line.wrapped(to: columns) ?? []).prefix(max(1, min(4, room))))
    }

    var hasHeader: Bool { rows >= 3 }
    var hasFooter: Bool { rows >= 2 }
    /// A prompt has a row of its own.
    var promptHeight: Int { model.prompt == nil ? 0 : 1 }

    /// What is left between the head line and the keys.
    var body: Int {
        let taken = (hasHeader ? 1 : 0) + (hasFooter ? 1 : 0) + warnings.count + messages.count + promptHeight
        return max(0, rows - taken)
    }

    /// The rows under a title: of a log, a question, or help.
    var bodyHeight: Int { max(1, body - 1) }

    var hasTableHead: Bool { body >= Self.leastWithHead }
    private var area: Int { body - (hasTableHead ? 1 : 0) }

    /// The rows of tasks.
    var listHeight: Int {
        guard body >= Self.leastWithDetail else { return max(0, area) }
        return min(max(1, model.shown.count), max(Self.leastInList, area * 9 / 20))
    }

    /// The rows of the selected task's detail, under a line that divides.
    var detailHeight: Int { body >= Self.leastWithDetail ? max(0, area - listHeight - 1) : 0 }
}
