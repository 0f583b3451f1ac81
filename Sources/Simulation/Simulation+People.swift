import Domain
import Journal
import TestSupport

@testable import LoopCore
@testable import Runner

/// What people do: they say something, answer or do not, stop a task, and want no more waiting.
extension Simulation {
    mutating func speak(_ index: Int) async {
        // A disk that is full is told to whoever speaks: nothing was said.
        guard let said = try? await journal.say("more", to: tasks[index].id, at: wallClock.now()) else { return }
        note("\(index): a person says \(said.number)")
    }

    mutating func stop(_ index: Int) async {
        let pauses = dice.chance(30)
        note("\(index): a person \(pauses ? "pauses" : "stops") it")
        tasks[index].control.stop(pauses ? .pause : .gentle)
        await decide(.event(pauses ? .pauseRequested : .stopRequested), index)
        if case .agent(let record) = tasks[index].phase { await endAgent(record, index) }
        // Only where the process has died.
        if case .checks(let number) = tasks[index].phase { try? await endChecks(number, of: index) }
    }

    /// As ``Pause`` and ``AnswerPause`` have it.
    mutating func waitStep(_ wait: TaskWait, _ index: Int) async throws {
        if !agent.isGood, dice.chance(10) { return await stop(index) }
        guard !wait.cause.isForPerson else { return await waitForPerson(wait, index) }
        if wallClock.now() >= wait.until { return await decide(.event(.waitElapsed), index) }
        if dice.chance(8) {
            note("\(index): a person wants no more waiting")
            tasks[index].insists = true
            return await decide(.waitEnded, index)
        }
        sleep(until: wait.until)
    }

    private mutating func waitForPerson(_ wait: TaskWait, _ index: Int) async {
        guard let spec = tasks[index].shell?.task.spec else { return }
        let desk = parts.questionDesk(of: spec)
        do {
            if dice.chance(3) { try await answer(desk, index) }
            let isAnswered = try await !desk.hasOpenQuestion()
            guard isAnswered || wallClock.now() >= wait.until else { return sleep(until: wait.until) }
            try await desk.closeQuestions()
            await decide(.event(.waitElapsed), index)
        } catch {
            guard !journal.isDead else { return }
            await decide(.event(RunFailure.event(RunFailure.reason(forJournal: error))), index)
        }
    }

    private mutating func sleep(until time: Timestamp) {
        let left = time - wallClock.now()
        wallClock.set(wallClock.now() + (dice.chance(3) ? .seconds(30) : left))
    }

    /// A person answers another process, whose disk may be full: then nothing was answered.
    private mutating func answer(_ desk: QuestionDesk, _ index: Int) async throws {
        let words = PermissionAnswer.options[dice.roll(PermissionAnswer.options.count)]
        do {
            let question = try await desk.answer(nil, words, hasSeen: true)
            if let question { note("\(index): a person answers question \(question.number): \(words)") }
        } catch JournalError.diskFull {
            note("\(index): a person cannot answer: the disk is full")
        }
    }

    // MARK: - While the agent works

    /// The agent takes what was said since it began, as ``MessageDesk`` hands it over.
    mutating func hearLive(_ record: IterationRecord, _ index: Int) async {
        if dice.chance(2) { await speak(index) }
        // Nobody hears anything in a process that has died.
        guard let messages = try? await journal.messages(of: tasks[index].id) else { return }
        let known = Set(tasks[index].told + tasks[index].taken)
        let new = messages.filter { $0.receipt == nil && !known.contains($0.number) }.map(\.number)
        guard !new.isEmpty else { return }
        note("\(index): the agent takes \(new)")
        tasks[index].taken += new
        oracle.noteTaken(new, of: tasks[index].id)
        await writeReceipts(record, index)
    }

    /// What cannot be written is tried again when the agent has ended.
    mutating func writeReceipts(_ record: IterationRecord, _ index: Int) async {
        let receipt = TaskMessage.Receipt(.live, iteration: record.number, at: wallClock.now())
        for number in tasks[index].taken {
            // Said once more, rather than never.
            guard (try? await journal.deliver(number, of: tasks[index].id, receipt)) != nil else { continue }
            tasks[index].taken.removeAll { $0 == number }
        }
    }

    /// Returns what nobody has decided: then the agent is ended, and the task waits in its place.
    ///
    /// As ``PermissionDesk`` has it.
    mutating func askPermission(
        of outcome: inout AgentOutcome,
        _ record: IterationRecord,
        _ index: Int
    ) async -> PermissionRequest? {
        let request = PermissionRequest(tool: "Bash", kind: .other, subject: "make \(dice.roll(5))")
        let id = tasks[index].id
        // The agent is refused what nobody could be asked for.
        guard let number = try? await journal.ask(request, in: record.number, at: wallClock.now(), of: id) else {
            return nil
        }
        note("\(index): the agent asks, question \(number)")
        if dice.chance(2) {
            let answer = TaskQuestion.Answer("yes", from: .person, at: wallClock.now())
            // An answer that cannot be written was not given.
            if (try? await journal.answer(number, of: id, answer)) == true {
                let messages = (try? await journal.messages(of: id)) ?? []
                let new = messages.filter { $0.answers == number }.map(\.number)
                tasks[index].taken += new
                oracle.noteTaken(new, of: id)
                note("\(index): a person allows it while the agent waits")
                return nil
            }
        }
        outcome.park(request, question: number, isDecided: false)
        return request
    }
}
