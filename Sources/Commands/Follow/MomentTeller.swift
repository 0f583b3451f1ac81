import Domain
import Runner
import Synchronization

/// Picks out of a run what people are told who do not look on, and passes everything on.
final class MomentTeller: RunObserver {
    private struct State {
        var task: TaskRecord
        /// What the agent asked last.
        var question: TaskMoment.Question?
    }

    private let observer: any RunObserver
    private let callName: String
    private let wallClock: any WallClock
    private let moments: AsyncStream<TaskMoment>.Continuation
    private let state: Mutex<State>

    init(
        _ observer: any RunObserver,
        _ dossier: TaskDossier,
        at wallClock: any WallClock,
        to moments: AsyncStream<TaskMoment>.Continuation
    ) {
        self.observer = observer
        self.wallClock = wallClock
        self.moments = moments
        callName = dossier.callName
        state = Mutex(State(task: dossier.task))
    }

    func observe(_ event: RunEvent) {
        note(event)
        observer.observe(event)
    }

    /// Tells how the run has ended.
    func end(_ task: TaskRecord) {
        let question = state.withLock(\.question)
        var moment = TaskMoment(task, call: task.call(callName), at: wallClock.now())
        moment.question = task.reason?.question(asked: question)
        moments.yield(moment)
    }

    private func note(_ event: RunEvent) {
        switch event {
        case .began(let task, _), .finished(let task): state.withLock { $0.task = task }
        case .iterationEnded(let iteration, let task):
            state.withLock { state in
                state.task = task
                guard let asked = iteration.outcome?.question else { return }
                let now = wallClock.now()
                let question = TaskQuestion(number: 0, asked: asked, iteration: iteration.number, askedAt: now)
                state.question = TaskMoment.Question(question, number: nil, task.spec.questions)
            }
        case .asked(let request, let number, _):
            let question = TaskMoment.Question(
                text: TaskQuestion.asking(request).text,
                number: number,
                isPermission: true
            )
            let task = state.withLock { state in
                state.question = question
                return state.task
            }
            tell(task, .running, nil, question)
        case .waiting(let wait) where wait.role != .probes:
            let (task, question) = state.withLock { ($0.task, $0.question) }
            let reason = Reason.waiting(wait.cause, until: wait.until)
            tell(task, .waiting, reason, reason.question(asked: question))
        case .waiting, .preparing, .iterationBegan, .agent, .checkpointTaken, .checkBegan, .checkEnded, .notice,
            .stopping:
            return
        }
    }

    private func tell(
        _ task: TaskRecord,
        _ status: TaskStatus,
        _ reason: Reason?,
        _ question: TaskMoment.Question?
    ) {
        var moment = TaskMoment(task, call: task.call(callName), at: wallClock.now())
        moment.status = status
        moment.reason = reason
        moment.question = question
        moments.yield(moment)
    }
}
