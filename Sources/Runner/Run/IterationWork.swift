import Agents
import Domain
import Journal
import LoopCore
import Processes
import Tools
import Workspaces

/// One try of one iteration, from its write-ahead record to a report that the machine can decide by.
struct IterationWork: Sendable {
    let parts: RunParts
    let task: TaskRecord
    let record: IterationRecord
    let session: LoopMachine.SessionChoice
    let facts: PromptFacts
    /// The numbers of messages that a try of this iteration was told which was cut off.
    var messagesToRepeat: Set<Int> = []
    let trees: ReferenceTrees
    /// Told, perhaps more than once, when it shows that the agent's service answers.
    var noteAnswer: @Sendable () -> Void = {}

    /// What a former makima began of it; `nil` where it is begun here.
    var adoption: Adoption?

    /// Never throws: whatever goes wrong becomes an event that the machine understands.
    func perform() async -> Happening {
        do {
            if adoption == nil { try await parts.journal.beginIteration(record, of: task.id) }
        } catch {
            return .event(RunFailure.event(RunFailure.reason(forJournal: error)))
        }
        do {
            parts.observer.observe(
                .iterationBegan(
                    number: record.number,
                    limit: task.spec.limits.maxIterations,
                    attempt: record.attempt
                )
            )
            if let adoption { return try await carryOut(resumed(adoption)) }
            return try await carryOut(prepared())
        } catch let error as AgentError {
            return notLaunched(error.description)
        } catch {
            return notLaunched("\(error)", trouble: .failed(.internalError(message: "\(error)")))
        }
    }

    /// What the agent is asked, and by whom it is heard.
    struct Order: Sendable {
        var request: AgentRequest
        /// The numbers of the messages in the prompt.
        var messages: [Int]
        var tools: ToolDesk?
    }

    private func prepared() async throws -> Order {
        let conversation = try await conversation()
        if let renewal = conversation.renewal, renewal.isNews {
            parts.observer.observe(.notice(.sessionRenewed(renewal)))
        }
        let messages = try await parts.journal.messages(of: task.id)
            .filter { $0.receipt == nil || messagesToRepeat.contains($0.number) }
        let tools = toolDesk()
        var facts = facts.beginning(conversation.choice, because: conversation.renewal)
        facts.messages = messages.map(\.text)
        facts.isAnswered = messages.contains { $0.answers != nil }
        facts.hasTools = tools?.isServed == true
        let prompt = try PromptComposer.compose(facts, templates: PromptTemplates(task.spec.prompts))
        var request = request(prompt: prompt, session: conversation.session)
        request.tools = tools.flatMap { $0.isServed ? $0.access : nil }
        request.permissions = try await permissions(hearing: messages)
        return Order(request: request, messages: messages.map(\.number), tools: tools)
    }

    private func carryOut(_ order: Order) async throws -> Happening {
        let desk = MessageDesk(
            parts: parts,
            record: record,
            of: task.spec,
            told: order.messages,
            isAdopted: adoption != nil
        )
        var turn = try await withHeartbeat {
            guard let tools = order.tools else { return try await runAgent(order, desk) }
            if adoption == nil {
                // Before anybody looks for calls in them, which goes on beside the agent.
                try makeDirectories(directory)
                try tools.open()
            }
            let observer = parts.observer
            return try await tools.serve {
                observer.observe(.notice(.callsUnanswered($0)))
            } _: {
                try await runAgent(order, desk)
            }
        }
        await desk.writeReceipts()
        let told = told(by: order.tools)
        turn.outcome.take(told.questions, asksPeople: task.spec.questions != nil)
        let parked = await desk.parked()
        if let parked { turn.outcome.park(parked.request, question: parked.number, isDecided: parked.isDecided) }
        // Waiting for a person is no work.
        turn.duration = max(.zero, turn.duration - desk.waited)
        var sayings = Sayings(messages: order.messages, tools: told, unanswered: parked?.request)
        sayings.calls = order.tools?.leader?.summary
        return await keepAndReport(turn, request: order.request, sayings)
    }

    /// Keeps the tree every five minutes while `body` runs.
    ///
    /// A checkpoint that fails is no reason to end the agent: the one after it will tell.
    private func withHeartbeat(_ body: () async throws -> AgentTurn.Result) async throws -> AgentTurn.Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let watch = Stopwatch(parts.surroundings.clock)
                var beats = 0
                repeat {
                    if beats > 0 { await beat() }
                    beats += 1
                } while await watch.sleep(until: .seconds(300 * beats))
            }
            let result = try await body()
            group.cancelAll()
            return result
        }
    }

    private func beat() async {
        do {
            let report = try await parts.workspace.checkpoint(.heartbeat, iteration: record.number)
            try await parts.journal.recordCheckpoint(report.checkpoint, of: task.id)
            parts.observer.announce(report)
        } catch {
            parts.observer.observe(.notice(.checkpointFailed("\(error)")))
        }
    }

    /// The end of an iteration whose agent never ran; `trouble` where that is not the agent's own.
    private func notLaunched(_ message: String, trouble: Reason? = nil) -> Happening {
        let end = IterationEnd.launchFailure(message: message)
        var outcome = IterationOutcome(
            agent: AgentOutcome(end: end),
            gate: .missing,
            checkpoint: nil,
            counted: false
        )
        outcome.performer = IterationOutcome.Performer(task.spec.agent)
        var report = IterationReport(number: record.number, end: end, tree: nil)
        report.trouble = trouble
        return .iterationEnded(report, outcome)
    }

    /// The directory of this try, on the host.
    var directory: String {
        parts.directory.iteration(record.number, attempt: record.attempt, run: record.run)
    }

    private func told(by tools: ToolDesk?) -> ToolReport {
        let observer = parts.observer
        return tools?.report(without: parts.confinement.secrets) { observer.observe(.notice(.secretsKept($0))) }
            ?? ToolReport()
    }

    private func runAgent(_ order: Order, _ desk: MessageDesk) async throws -> AgentTurn.Result {
        let spec = task.spec
        let source = try adoption.map(source) ?? start(order)
        try Marker.ensure(parts.directory.messageBell)
        let turn = AgentTurn(
            supervisor: parts.supervisor,
            surroundings: parts.surroundings,
            timeouts: spec.timeouts,
            control: parts.control,
            companion: { await desk.serve($0) },
            recalled: { desk.noteHandedOver($0) }
        )
        let observer = parts.observer
        let reader = parts.agents.agent(of: spec.agent.kind).makeReader(for: order.request)
        var (result, problem) = await parts.withinDisk(output: directory) {
            await turn.run(source, reader: reader) { event in
                observer.observe(.agent(event))
                parts.announceRefusals()
                if event.provesAnswer { noteAnswer() }
                desk.note(event)
            }
        }
        result.problem = problem ?? result.problem
        if let words = problem?.agentError, result.outcome.end == .incomplete {
            result.outcome.end = .agentError(message: words)
        }
        parts.announceRefusals()
        await parts.settle(directory)
        parts.announce(result.limitHits)
        if result.outcome.end == .timeout(.iteration), deadline < spec.timeouts.iteration {
            result.outcome.end = .timeout(.timeBudget)
        }
        return result
    }

    /// Everything that must be there before the agent's program is started.
    private func start(_ order: Order) throws -> AgentTurn.Source {
        let spec = task.spec
        try makeDirectories(directory)
        let invocation = try parts.agents.agent(of: spec.agent.kind).invocation(order.request)
        if record.number == 1, !invocation.withheldKeys.isEmpty {
            parts.observer.observe(.notice(.keysNotPassedOn(invocation.withheldKeys)))
        }
        let files = IterationFiles(
            prompt: "\(directory)/prompt",
            tools: order.tools,
            isReadOnly: spec.permissionMode == .plan
        )
        try writeFile(invocation.input, to: files.prompt)
        try parts.confinement.shareCredentials(invocation.credentials)
        let confined = parts.confinement.agentCommand(invocation, in: parts.workspace, files: files)
        var command = confined.supervised(in: parts.confinement, spool: directory, deadline: deadline)
        if let orphanTime = spec.orphanTime.map({ min($0, parts.orphanCeiling() ?? $0) }) {
            let proxyToken = parts.confinement.network?.token
            try Handover(order, proxyToken: proxyToken).write(to: directory)
            command.orphanTime = orphanTime
        }
        return .started(command)
    }

    /// Takes it for an answer that the agent works on and on: a limit is met within seconds.
    func noteLongProbe() async {
        if await Stopwatch(parts.surroundings.clock).sleep(until: AccountTurn.probation) { noteAnswer() }
    }

    /// An iteration may take what it is allowed to, and no more than what is left of the task's time.
    var deadline: Duration { task.spec.timeouts.iteration.cut(to: task.timeLeft) }

    /// Whatever cannot be done with the files now, the process has ended: what it spent counts.
    private func keepAndReport(
        _ turn: AgentTurn.Result,
        request: AgentRequest,
        _ sayings: Sayings
    ) async -> Happening {
        var turn = turn
        turn.outcome = await ownShare(turn.outcome).priced(for: task.spec.agent)
        let words = GateReader.read(finalMessage: turn.outcome.finalMessage ?? "", prompt: request.prompt)
        let gate = sayings.tools.gate(besides: words)
        var report = turn.report(of: record.number, gate)
        report.calls = sayings.calls
        // An agent that cannot resume may name its conversation, too.
        let resumes = parts.agents.capabilities(of: task.spec.agent).resumes
        report.hasSession = resumes && turn.outcome.sessionID != nil
        report.beganSession = request.session == nil
        report.context = turn.outcome.context
        var checkpoint: Checkpoint?
        var hasFilesOutsideTree = false
        do {
            let kept = try await parts.workspace.checkpoint(.iterationEnded, iteration: record.number)
            parts.observer.announce(kept)
            checkpoint = kept.checkpoint
            turn.outcome.settle(changedFiles: !kept.isUnchanged, duration: turn.duration)
            report.end = turn.outcome.end
            if case .killed = report.end { report.lastErrors = turn.lastErrors }
            hasFilesOutsideTree = !kept.notices.isEmpty
            try await note(kept, gate: gate, in: &report)
            report.trouble = turn.trouble
        } catch {
            report.trouble = RunFailure.reason(forFiles: error)
            turn.outcome.endAfterWork = nil
        }
        var outcome = IterationOutcome(
            agent: turn.outcome,
            gate: gate,
            checkpoint: checkpoint,
            counted: turn.outcome.end.countsAsIteration
        )
        outcome.hasFilesOutsideTree = hasFilesOutsideTree
        outcome.limitHits = turn.limitHits
        outcome.wasStopped = parts.control.isStopping && turn.outcome.end == .incomplete
        outcome.performer = IterationOutcome.Performer(task.spec.agent)
        outcome.note(sayings)
        return .iterationEnded(report, outcome)
    }

    private func ownShare(_ outcome: AgentOutcome) async -> AgentOutcome {
        guard outcome.tellsWholeConversation == true else { return outcome }
        // Without them the whole counts, which is too much rather than too little.
        let before = try? await parts.journal.iterations(of: task.id)
        return outcome.ownShare(of: task.spec.agent.kind, after: before ?? [])
    }

    private func note(_ kept: CheckpointReport, gate: GateReading, in report: inout IterationReport) async throws {
        let tree = kept.checkpoint.tree
        report.agentHead = kept.checkpoint.agentHead
        report.agentHeadTree = kept.newAgentTree
        report.differsFromBase = tree != trees.base
        report.changedProtectedPaths = try await changedProtectedPaths(gate: gate, tree: tree)
        report.tree = tree
    }

    private func changedProtectedPaths(gate: GateReading, tree: TreeID) async throws -> [String] {
        guard gate.isReady, !task.spec.protected.isEmpty, tree != trees.accepted else { return [] }
        return try await parts.workspace.changedPaths(
            from: trees.accepted,
            to: tree,
            matching: task.spec.guarded
        )
    }
}

extension AgentTurn.Result {
    /// What the machine is told of it, before anybody has looked at the files.
    fileprivate func report(of number: Int, _ gate: GateReading) -> IterationReport {
        var report = IterationReport(
            number: number,
            end: outcome.end,
            tree: nil,
            gate: gate,
            usage: outcome.usage
        )
        report.activeTime = duration
        return report
    }
}
