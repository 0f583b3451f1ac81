package import Domain

extension WireChange {
    package init(_ change: ChangeSize) {
        files = change.files.clipped
        insertions = change.insertions.clipped
        deletions = change.deletions.clipped
    }

    package var change: ChangeSize { ChangeSize(files: files, insertions: insertions, deletions: deletions) }
}

extension WireCheckpoint {
    package init(_ checkpoint: Checkpoint) {
        number = checkpoint.number
        commit = checkpoint.commit.rawValue
        tree = checkpoint.tree.rawValue
        cause = checkpoint.cause
        iteration = checkpoint.iteration
        agentHead = checkpoint.agentHead?.rawValue
        takenAt = checkpoint.takenAt.clipped
        change = WireChange(checkpoint.change)
    }

    /// `nil` where an object's name is none: then it did not come from a message.
    package var checkpoint: Checkpoint? {
        guard let commit = CommitID(rawValue: commit), let tree = TreeID(rawValue: tree) else { return nil }
        return Checkpoint(
            number: number,
            commit: commit,
            tree: tree,
            cause: cause,
            iteration: iteration,
            agentHead: agentHead.flatMap(CommitID.init(rawValue:)),
            takenAt: takenAt,
            change: change.change
        )
    }
}

extension WireLimitHits {
    package init(_ hits: LimitHits) {
        killed = hits.killed.clipped
        memoryMiB = hits.memoryMiB?.clipped
        refused = hits.refused.clipped
        processes = hits.processes?.clipped
    }

    package var hits: LimitHits {
        LimitHits(killed: killed, memoryMiB: memoryMiB, refused: refused, processes: processes)
    }
}

extension WireVerdict {
    package init(_ verdict: CheckVerdict) {
        self.init()
        switch verdict {
        case .passed: self.verdict = "passed"
        case .failed(let exitCode):
            self.verdict = "failed"
            self.exitCode = Int(exitCode)
        case .notEvaluated(let cause): take(cause)
        }
    }

    package init(_ cause: NotEvaluatedCause) {
        self.init()
        take(cause)
    }

    private mutating func take(_ cause: NotEvaluatedCause) {
        verdict = "not_evaluated"
        switch cause {
        case .commandNotFound: self.cause = "command_not_found"
        case .programHidden(let program, let paths):
            self.cause = "program_hidden"
            self.program = program.clipped(to: WireLimits.path)
            self.paths = paths.clipped(to: WireLimits.path, count: 20)
        case .notExecutable: self.cause = "not_executable"
        case .timedOut(let time):
            self.cause = "timed_out"
            afterMilliseconds = time.clipped
        case .killed(let signal):
            self.cause = "killed"
            self.signal = Int(signal)
        case .notStarted(let message):
            self.cause = "not_started"
            detail = message.clipped(to: WireLimits.sentence)
        case .stopped: self.cause = "stopped"
        }
    }

    /// `nil` for one of a later version.
    package var domain: CheckVerdict? {
        switch verdict {
        case "passed": .passed
        case "failed": exitCode.flatMap { Int32(exactly: $0) }.map { .failed(exitCode: $0) }
        case "not_evaluated": notEvaluated.map { .notEvaluated($0) }
        default: nil
        }
    }

    package var notEvaluated: NotEvaluatedCause? {
        switch cause {
        case "command_not_found": .commandNotFound
        case "program_hidden": program.map { .programHidden(program: $0, paths: paths) }
        case "not_executable": .notExecutable
        case "timed_out": afterMilliseconds.map { .timedOut(after: $0) }
        case "killed": signal.flatMap { Int32(exactly: $0) }.map { .killed(signal: $0) }
        case "not_started": .notStarted(message: detail ?? "")
        case "stopped": .stopped
        default: nil
        }
    }
}

extension WireReceipt {
    /// `limit` is how many bytes of each text are taken at most.
    package init(_ receipt: CheckReceipt, limit: Int = WireLimits.message) {
        check = WireCheck(receipt.check)
        check.name = check.name.clipped(to: min(max(limit, 1), WireLimits.command))
        check.command = check.command.clipped(to: min(max(limit, 1), WireLimits.command))
        verdict = WireVerdict(receipt.verdict)
        iteration = receipt.iteration
        durationMilliseconds = receipt.duration.clipped
        tree = receipt.tree.rawValue
        base = receipt.base.rawValue
        // The end of the output says more than its beginning.
        outputTail = receipt.outputTail.clippedStart(to: limit)
        logPath = receipt.logPath.clipped(to: WireLimits.path)
        limitHits = receipt.limitHits.map(WireLimitHits.init)
    }

    /// `nil` for one of a later version.
    package var receipt: CheckReceipt? {
        guard let verdict = verdict.domain, let tree = TreeID(rawValue: tree), let base = CommitID(rawValue: base)
        else {
            return nil
        }
        var receipt = CheckReceipt(
            check: check.check,
            verdict: verdict,
            iteration: iteration,
            duration: durationMilliseconds,
            tree: tree,
            base: base,
            outputTail: outputTail,
            logPath: logPath
        )
        receipt.limitHits = limitHits?.hits
        return receipt
    }
}

extension WireWait {
    package init(_ wait: TaskWait) {
        cause = wait.cause
        role = wait.role
        until = wait.until.clipped
        stated = wait.stated?.clipped
        since = wait.since.clipped
        tryNumber = max(wait.attempt.clipped, 1)
        agent = wait.agent?.clipped(to: WireLimits.label)
    }

    package var wait: TaskWait {
        var wait = TaskWait(cause, from: since, until: until, stated: stated, attempt: tryNumber).with(role)
        wait.agent = agent
        return wait
    }
}

extension WirePermission {
    package init(_ request: PermissionRequest) {
        tool = request.tool.clipped(to: WireLimits.sentence)
        kind = request.kind
        subject = request.subject.clipped(to: WireLimits.message)
        input = request.input?.clipped(to: WireLimits.message)
    }

    package var request: PermissionRequest {
        PermissionRequest(tool: tool, kind: kind, subject: subject, input: input)
    }
}

extension QuestionReport {
    package init(_ stamp: Stamp, _ question: TaskQuestion) {
        self.stamp = stamp
        self.question = question.number
        text = question.asked.text.clipped(to: WireLimits.output)
        options = question.asked.options.clipped(to: WireLimits.sentence, count: 100)
        fallback = question.asked.fallback?.clipped(to: WireLimits.message)
        iteration = question.iteration
        askedAt = question.askedAt.clipped
        permission = question.permission.map(WirePermission.init)
        answer = question.answer?.text.clipped(to: WireLimits.message)
        answeredBy = question.answer?.source
        answeredAt = question.answer?.at.clipped
    }

    package var taskQuestion: TaskQuestion {
        let asked = AskedQuestion(text: text, options: options, fallback: fallback)
        var all = TaskQuestion(number: question, asked: asked, iteration: iteration, askedAt: askedAt)
        all.permission = permission?.request
        if let answer, let answeredBy, let answeredAt {
            all.answer = TaskQuestion.Answer(answer, from: answeredBy, at: answeredAt)
        }
        return all
    }
}
