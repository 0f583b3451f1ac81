/// Where a task stands at a moment, as far as people are told who do not look on.
package struct TaskMoment: Hashable, Sendable {
    /// What the agent waits for a person to answer or to allow.
    package struct Question: Hashable, Sendable {
        package var text: String
        /// `nil` where it has none yet.
        package var number: Int?
        package var isPermission: Bool
        /// Until when somebody may answer; `nil` is without end.
        package var until: Timestamp?
        /// What holds after that.
        package var fallback: String?

        package init(text: String, number: Int?, isPermission: Bool) {
            self.text = text
            self.number = number
            self.isPermission = isPermission
        }
    }

    /// Why a queued task does not begin until somebody does something.
    package struct Standstill: Hashable, Sendable {
        /// A stable word.
        package var code: String
        package var explanation: Explanation
        /// How many more tasks stand still for the same.
        package var others: Int
        /// When that began, where each time is something new: as for daemons that come and go.
        package var since: Timestamp?

        package init(code: String, _ explanation: Explanation, others: Int = 0, since: Timestamp? = nil) {
            self.code = code
            self.since = since
            self.explanation = explanation
            self.others = others
        }
    }

    package var id: TaskID
    package var name: String
    /// How it is called on the command line.
    package var call: TaskCall
    package var at: Timestamp
    package var status: TaskStatus
    package var reason: Reason?
    package var question: Question?
    /// Why it does not begin until somebody does something.
    package var standstill: Standstill?
    /// Of a server, or the number of the run on one machine: what is told of one is told again of the next.
    package var attempt: Int
    package var iterations = 0
    package var usage = Usage()
    package var repository: String?
    package var branch: String?

    package init(id: TaskID, name: String, call: TaskCall, status: TaskStatus, attempt: Int, at: Timestamp) {
        self.id = id
        self.name = name
        self.call = call
        self.status = status
        self.attempt = attempt
        self.at = at
    }
}

extension TaskMoment.Question {
    /// A question as it is put to people, with what the task's policy makes of it where nobody answers in time.
    package init(_ question: TaskQuestion, number: Int?, _ policy: QuestionPolicy?) {
        self.init(text: question.asked.text, number: number, isPermission: question.permission != nil)
        guard let deadline = policy?.deadline else { return }
        until = question.askedAt + deadline
        fallback = question.fallback(policy)
    }
}

extension TaskMoment {
    /// The task as this machine has it.
    package init(_ task: TaskRecord, call: TaskCall, at time: Timestamp) {
        self.init(id: task.id, name: task.spec.name, call: call, status: task.status, attempt: task.runs, at: time)
        reason = task.reason
        iterations = task.iterations
        usage = task.usage
        repository = task.spec.repository.path
        branch = task.branch
    }
}
