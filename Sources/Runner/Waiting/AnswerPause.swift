import Domain
import Journal
import LoopCore
import Processes

/// The wait for a person's answer, as it is carried out: until the answer is there or the time is over.
struct AnswerPause: Sendable {
    let wait: TaskWait
    let desk: QuestionDesk
    let supervisor: Supervisor
    let surroundings: Surroundings

    /// Returns what happens then; `nil` when the calling task was cancelled.
    func elapse() async -> Happening? {
        do {
            let bell = try supervisor.changes(of: desk.bell)
            return try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask { try await isAnswered(bell) }
                group.addTask { await isOver() }
                let hasEnded = try await group.next() ?? false
                group.cancelAll()
                guard hasEnded else { return nil }
                try await desk.closeQuestions()
                return .event(.waitElapsed)
            }
        } catch is CancellationError {
            return nil
        } catch {
            return .event(RunFailure.event(RunFailure.reason(forJournal: error)))
        }
    }

    private func isAnswered(_ bell: AsyncStream<Void>) async throws -> Bool {
        if try await !desk.hasOpenQuestion() { return true }
        for await _ in bell where try await !desk.hasOpenQuestion() { return true }
        return false
    }

    /// By the wall clock, in slices: a machine that slept or a clock that was set does no harm.
    private func isOver() async -> Bool {
        let watch = Stopwatch(surroundings.clock)
        let length = wait.until - surroundings.wallClock.now()
        while true {
            let left = min(wait.until - surroundings.wallClock.now(), length - watch.elapsed)
            guard left > .zero else { return true }
            guard await watch.sleep(until: watch.elapsed + min(left, WaitStep.slice)) else { return false }
        }
    }
}

/// The open questions of one task.
struct QuestionDesk: Sendable {
    let task: TaskID
    let policy: QuestionPolicy?
    let journal: any TaskJournal
    let wallClock: any WallClock
    /// Written to when a person has answered.
    let bell: String

    func hasOpenQuestion() async throws -> Bool {
        try await !openQuestions().isEmpty
    }

    /// Answers the open question with this number, or else the oldest, and queues the answer for the agent; `nil` where
    /// there is none.
    ///
    /// A permission is given to what a person has seen, so it must be named, unless `hasSeen` says that it was.
    func answer(_ number: Int?, _ text: String, hasSeen: Bool = false) async throws -> TaskQuestion? {
        let answer = TaskQuestion.Answer(text, from: .person, at: wallClock.now())
        let all = try await journal.questions(of: task)
        if let number, all.contains(where: { $0.number == number && $0.isWithdrawn }) {
            throw ServiceError.questionWithdrawn(task, number)
        }
        let open = all.filter { $0.answer == nil }
        let question = number.map { number in open.first { $0.number == number } } ?? open.first
        guard var question else { return nil }
        if let request = question.permission {
            guard PermissionAnswer(text) != nil else {
                throw ServiceError.unclearAnswer(task, question.number, request)
            }
            guard number != nil || hasSeen else { throw ServiceError.questionUnnamed(task, question.number, request) }
        }
        // Another process may have answered it meanwhile.
        guard try await journal.answer(question.number, of: task, answer) else { return nil }
        question.answer = answer
        return question
    }

    /// Gives every open question the answer that holds where nobody answers.
    func closeQuestions() async throws {
        for question in try await openQuestions() {
            let answer = TaskQuestion.Answer(question.fallback(policy), from: .nobody, at: wallClock.now())
            _ = try await journal.answer(question.number, of: task, answer)
        }
    }

    private func openQuestions() async throws -> [TaskQuestion] {
        try await journal.questions(of: task).filter { $0.answer == nil }
    }
}

extension QuestionDesk {
    init(of spec: TaskSpec, journal: any TaskJournal, wallClock: any WallClock, directory: TaskDirectory) {
        self.init(
            task: spec.id,
            policy: spec.questions,
            journal: journal,
            wallClock: wallClock,
            bell: directory.messageBell
        )
    }
}

extension ServiceParts {
    func questionDesk(of spec: TaskSpec) -> QuestionDesk {
        QuestionDesk(of: spec, journal: journal, wallClock: surroundings.wallClock, directory: state.task(spec.id))
    }
}
