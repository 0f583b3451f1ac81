import Domain
import Wire

/// What people can want of a task, by its key.
enum TopAction: Character, CaseIterable, Sendable {
    case stop = "s"
    case pause = "p"
    case resume = "r"
    case answer = "a"
    case message = "m"
}

extension TopModel {
    /// Whether the selected task is one with which this can be done now.
    func isPossible(_ action: TopAction) -> Bool {
        guard let row = selected else { return false }
        return switch action {
        case .stop, .pause: row.goesOn
        case .resume: !row.goesOn && row.status.isResumable
        case .answer: selectedDetail?.openQuestions.isEmpty == false
        case .message: row.status != .done
        }
    }

    mutating func press(_ key: TopKey) -> [TopEffect] {
        if key == .control("c") { return [.quit(.success)] }
        if key == .control("l") { return [.repaint] }
        notice = nil
        isChosen = isChosen || selected != nil
        if prompt != nil { return answerPrompt(key) }
        switch view {
        case .help:
            view = viewBefore
            return []
        case .list: if moveInList(key) { return [] }
        case .log: if moveInLog(key) { return [] }
        }
        switch key {
        case .character("q"): return [.quit(.success)]
        case .character("?"):
            (viewBefore, view) = (view, .help)
        case .character(let character):
            if let action = TopAction(rawValue: character) { return begin(action) }
        default: break
        }
        return []
    }

    // MARK: - Moving

    private mutating func moveInList(_ key: TopKey) -> Bool {
        let index = selectedIndex ?? 0
        let page = max(1, TopLayout(self).listHeight)
        switch key {
        case .up, .character("k"): select(index - 1)
        case .down, .character("j"): select(index + 1)
        case .pageUp: select(index - page)
        case .pageDown: select(index + page)
        case .home, .character("g"): select(0)
        case .end, .character("G"): select(shown.count - 1)
        case .enter, .tab: if selected != nil { view = .log }
        case .escape:
            filter = ""
            arrange()
        case .character("/"): prompt = .filter(TopLine(filter), before: filter)
        default: return false
        }
        return true
    }

    private mutating func moveInLog(_ key: TopKey) -> Bool {
        let height = TopLayout(self).bodyHeight
        let top = logTop ?? max(0, log.rows.count - height)
        let page = max(1, height - 1)
        switch key {
        case .up, .character("k"): scrollLog(to: top - 1)
        case .down, .character("j"): scrollLog(to: top + 1)
        case .pageUp: scrollLog(to: top - page)
        case .pageDown: scrollLog(to: top + page)
        case .home, .character("g"): scrollLog(to: 0)
        case .end, .character("G"): logTop = nil
        case .enter, .tab, .escape: view = .list
        default: return false
        }
        return true
    }

    // MARK: - Orders

    private mutating func begin(_ action: TopAction) -> [TopEffect] {
        guard let row = selected else {
            notice = TopNotice("No task is selected.")
            return []
        }
        guard isPossible(action) else {
            notice = TopNotice(refusal(of: action, row))
            return []
        }
        switch action {
        case .stop: prompt = .stop(row)
        case .pause: return [.give(.pause, row)]
        case .message: prompt = .message(TopLine(), row)
        case .resume:
            guard row.view == nil else { return resume(row) }
            notice = TopNotice(
                "A task of this machine is run by the command that resumes it.",
                hint: "Type 'makima resume \(row.callName)' in a shell."
            )
        case .answer:
            guard let question = selectedDetail?.openQuestions.first else { return [] }
            promptTop = 0
            prompt = .answer(TopLine(), question, row)
        }
        return []
    }

    /// A task at its limit would stop at once: it is asked for the next one, where there may be one.
    private mutating func resume(_ row: ListRow) -> [TopEffect] {
        let reason = row.view.flatMap { $0.reason?.reason(of: $0.status) }
        guard case .iterationLimit(let used, let limit, let ceiling)? = reason, max(used, limit) < ceiling,
            let next = TaskCall(row.callName, used: used, limit: limit, ceiling: ceiling).nextLimit
        else { return [.give(.resume(maxIterations: nil), row)] }
        prompt = .limit(TopLine("\(next)"), row)
        return []
    }

    private func refusal(of action: TopAction, _ row: ListRow) -> String {
        switch action {
        case .stop, .pause: "Nothing runs task \(row.callName); it is '\(row.status.words)'."
        case .resume where row.goesOn: "Task \(row.callName) is at work already."
        case .resume, .message: "Task \(row.callName) is done."
        case .answer: "Task \(row.callName) asks nothing."
        }
    }

    // MARK: - Prompts

    private mutating func answerPrompt(_ key: TopKey) -> [TopEffect] {
        switch prompt {
        case .filter(let line, let before): typeFilter(key, line, before)
        case .stop(let row):
            switch key {
            case .character("y"), .character("Y"):
                prompt = nil
                return [.give(.stop, row)]
            case .character, .escape, .enter: prompt = nil
            default: break
            }
        case .message(let line, let row): return typeMessage(key, line, row)
        case .answer(let line, let question, let row): return typeAnswer(key, line, question, row)
        case .limit(let line, let row): return typeLimit(key, line, row)
        case nil: break
        }
        return []
    }

    /// The list shows what is found while it is typed.
    private mutating func typeFilter(_ key: TopKey, _ line: TopLine, _ before: String) {
        var line = line
        switch key {
        case .enter, .tab: prompt = nil
        case .escape:
            (prompt, filter) = (nil, before)
            arrange()
        case .up: select((selectedIndex ?? 0) - 1)
        case .down: select((selectedIndex ?? 0) + 1)
        default:
            guard line.take(key) else { return }
            prompt = .filter(line, before: before)
            filter = line.text.firstLine(upTo: 200)
            arrange()
        }
    }

    private mutating func typeMessage(_ key: TopKey, _ line: TopLine, _ row: ListRow) -> [TopEffect] {
        var line = line
        switch key {
        case .escape: prompt = nil
        case .enter:
            let text = line.text.trimmingBlanks
            guard !text.isEmpty else { return [] }
            prompt = nil
            return [.give(.say(text), row)]
        default: if line.take(key) { prompt = .message(line, row) }
        }
        return []
    }

    private mutating func typeLimit(_ key: TopKey, _ line: TopLine, _ row: ListRow) -> [TopEffect] {
        var line = line
        switch key {
        case .escape: prompt = nil
        case .enter:
            guard let limit = Int(line.text.trimmingBlanks), limit > 0 else {
                notice = TopNotice("'\(line.text.firstLine(upTo: 40))' is no number of iterations.")
                return []
            }
            prompt = nil
            return [.give(.resume(maxIterations: limit), row)]
        default: if line.take(key) { prompt = .limit(line, row) }
        }
        return []
    }

    private mutating func typeAnswer(
        _ key: TopKey,
        _ line: TopLine,
        _ question: TaskQuestion,
        _ row: ListRow
    ) -> [TopEffect] {
        var line = line
        let page = max(1, TopLayout(self).bodyHeight - 1)
        switch key {
        case .escape: prompt = nil
        case .up: promptTop = max(0, promptTop - 1)
        case .down: promptTop += 1
        case .pageUp: promptTop = max(0, promptTop - page)
        case .pageDown: promptTop += page
        case .enter:
            let text = line.text.trimmingBlanks
            guard !text.isEmpty else { return [] }
            guard question.permission == nil || PermissionAnswer(text) != nil else {
                notice = TopNotice("That is none of 'yes', 'always' and 'no', which may have a reason after it.")
                return []
            }
            prompt = nil
            return [.give(.answer(question: question.number, text), row)]
        default: if line.take(key) { prompt = .answer(line, question, row) }
        }
        promptTop = min(promptTop, max(0, TopScreen.text(of: question, columns: size.columns).count - 1))
        return []
    }
}
