import Domain
import Runner
import Wire

/// Makes of what a server has what commands show of a task: the same as of this machine's own, but for what only the machine
/// with its files knows.
struct ServerDossier {
    let view: TaskView
    let history: TaskHistory
    /// How it is called on the command line.
    let callName: String

    /// `nil` where the server's id of it is none.
    var dossier: TaskDossier? {
        guard let id = TaskID(rawValue: view.taskId) else { return nil }
        var dossier = TaskDossier(
            task: record(id),
            iterations: iterations,
            checkpoints: checkpoints.values.sorted { $0.takenAt < $1.takenAt },
            receipts: reports(of: history.receipts.map(\.receipt), as: WireReceipt.self).compactMap(\.receipt),
            events: events,
            talk: TaskTalk(messages: messages, questions: questions),
            workspacePath: "",
            callName: callName
        )
        dossier.told = view.told
        dossier.standstill = view.standstill.map { Explanation($0.message, hint: $0.hint) }
        dossier.isReported = true
        dossier.runningCheck = runningCheck(among: dossier.task.spec.checks)
        dossier.talk.handedOver = handedOver
        return dossier
    }

    private func record(_ id: TaskID) -> TaskRecord {
        var task = TaskRecord(spec: spec(id), createdAt: view.createdAt)
        let last = reports(of: history.iterations.map(\.report), as: IterationEnded.self).last
        last?.standing.apply(to: &task)
        task.status = view.status
        task.reason = view.reason?.reason(of: view.status)
        task.iterations = view.iterations
        task.usage = view.usage.usage
        task.branch = view.branch
        task.updatedAt = view.updatedAt
        return task
    }

    /// A document of a later version tells nothing but what the server tells itself.
    private func spec(_ id: TaskID) -> TaskSpec {
        var document = history.document ?? SpawnTask()
        if document.head.taskId.isEmpty { document.head.taskId = id.rawValue }
        if document.taskName.isEmpty { document.taskName = view.taskName }
        for event in history.events where event.kind == "person" {
            guard let most = event.body["changes"]?["maxIterations"]?.int else { continue }
            document.maxIterations = most
        }
        let path = document.targetRepoPath ?? document.repoUrl ?? view.repoUrl ?? ""
        let surroundings = TaskSurroundings(
            repositoryPath: path,
            base: document.baseSha.flatMap(CommitID.init(rawValue:))
        )
        do throws(WireError) {
            return try document.spec(in: surroundings)
        } catch {
            // An agent by a name that only its daemon knows.
            document.agent = WireAgent(unknownAgent(document.agent.name))
            document.choices = []
            document.otherAgent = nil
        }
        do throws(WireError) {
            return try document.spec(in: surroundings)
        } catch {
            return TaskSpec(
                id: id,
                name: view.taskName,
                plan: document.plan,
                repository: RepositorySpec(path: path, base: surroundings.base),
                agent: unknownAgent(document.agent.name)
            )
        }
    }

    private func unknownAgent(_ name: String) -> AgentConfiguration {
        AgentConfiguration(name: name.isEmpty ? "unknown" : name, kind: .command, command: ["true"])
    }

    /// Several attempts may each have taken one of the same number.
    private struct CheckpointKey: Hashable {
        var attempt: Int
        var number: Int
    }

    private var checkpoints: [CheckpointKey: Checkpoint] {
        var found: [CheckpointKey: Checkpoint] = [:]
        for view in history.checkpoints {
            let report = reports(of: [view.report], as: CheckpointReport.self).first
            found[CheckpointKey(attempt: view.attempt, number: view.number)] = report?.checkpoint.checkpoint
        }
        return found
    }

    private var iterations: [IterationRecord] {
        let checkpoints = checkpoints
        return history.iterations.compactMap { view in
            guard let report = reports(of: [view.report], as: IterationEnded.self).first, var record = report.record
            else { return nil }
            record.outcome?.checkpoint = report.checkpoint
                .flatMap { checkpoints[CheckpointKey(attempt: view.attempt, number: $0)] }
            return record
        }
    }

    private var questions: [TaskQuestion] {
        history.questions.compactMap { view in
            guard let report = reports(of: [view.report], as: QuestionReport.self).first else { return nil }
            var question = report.taskQuestion
            // The server hears of an answer before the daemon does.
            if question.answer == nil, let text = view.answer, let at = view.answeredAt {
                question.answer = TaskQuestion.Answer(text, from: view.withdrawn ? .withdrawn : .person, at: at)
            } else if view.withdrawn, question.answer == nil {
                question.answer = TaskQuestion.Answer("", from: .withdrawn, at: view.askedAt)
            }
            return question
        }
    }

    private var said: [EventView] {
        history.events.filter { $0.kind == "person" && $0.body["order"]?.string == "message" }
    }

    private var messages: [TaskMessage] {
        said.enumerated().map { TaskMessage(number: $0 + 1, text: $1.body["text"]?.string ?? "", sentAt: $1.at) }
    }

    /// The numbers of the messages that a daemon has told.
    private var handedOver: Set<Int> {
        let told = history.events.filter { $0.body["event"]?.string == "message_delivered" }
        let positions = Set(told.compactMap { $0.body["position"]?.int })
        return Set(said.enumerated().filter { positions.contains($1.position) }.map { $0.offset + 1 })
    }

    /// The check that has begun last in the present attempt, where nothing has followed.
    private func runningCheck(among checks: [CheckDefinition]) -> RunningCheck? {
        let steps: Set = ["check_began", "check_ended", "iteration_began"]
        guard view.status == .running,
            let last = history.events.last(where: { steps.contains($0.body["event"]?.string ?? "") }),
            last.attempt == view.attempt, last.body["event"]?.string == "check_began",
            let name = last.body["check"]?.string
        else { return nil }
        let check = checks.first { $0.name.clipped(to: WireLimits.command) == name }
        return RunningCheck(
            check: check ?? CheckDefinition(name: name, command: ""),
            iteration: last.body["iteration"]?.int ?? 0,
            since: last.at
        )
    }

    private var events: [TaskEvent] {
        var events: [TaskEvent] = []
        for event in history.events where event.kind == "status" {
            guard let status = (event.body["status"]?.string).flatMap(TaskStatus.init(rawValue:)) else { continue }
            guard events.last?.status != status else { continue }
            events.append(TaskEvent(at: event.at, status: status, reason: nil, iteration: 0, run: event.attempt))
        }
        return events
    }

    /// What was written by a later version is left out.
    private func reports<Report: WireRecord>(of bodies: [JSONValue], as report: Report.Type) -> [Report] {
        bodies.compactMap { body in
            do throws(WireError) {
                return try APIText.decode(JSONWriter.bytes(of: body), as: report)
            } catch { return nil }
        }
    }
}

extension IterationEnded {
    /// `nil` where it is of a later version.
    var record: IterationRecord? {
        guard let end = end.end, let reading = gate.gateReading else { return nil }
        var record = IterationRecord(number: iteration, attempt: tryNumber, run: run, startedAt: startedAt)
        record.endedAt = endedAt
        var agentOutcome = AgentOutcome(end: end, finalMessage: finalMessage, usage: usage.usage)
        agentOutcome.exitStatus = exitStatus.flatMap { Int32(exactly: $0) }
        var outcome = IterationOutcome(
            agent: agentOutcome,
            gate: reading,
            checkpoint: nil,
            receipts: receipts.compactMap(\.receipt),
            counted: counted
        )
        outcome.ownerDied = ownerDied
        outcome.wasStopped = wasStopped
        outcome.notes = notes.isEmpty ? nil : notes
        outcome.limitHits = limitHits?.hits
        outcome.performer = agent.map {
            IterationOutcome.Performer(AgentConfiguration(name: $0, kind: agentKind ?? .command, command: []))
        }
        record.outcome = outcome
        return record
    }
}
