/// How a person calls a task on the command line, and goes on with it.
package struct TaskCall: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The shortest name that fits no other task.
    package let name: String
    /// The limit that a resume has to name, where all allowed iterations are used.
    package let nextLimit: Int?
    /// The ceiling has to be raised before that.
    let isAtCeiling: Bool
    /// The wait that the task is in, or was left in.
    let wait: TaskWait?
    /// What is told in place of what a reason says by itself, by a server that knows the contract that ended the task.
    package var told: Explanation?

    package init(_ name: String, used: Int = 0, limit: Int = .max, ceiling: Int = .max, wait: TaskWait? = nil) {
        self.name = name
        self.wait = wait
        let isUsedUp = used >= limit
        isAtCeiling = isUsedUp && max(used, limit) >= ceiling
        let doubled = limit.multipliedReportingOverflow(by: 2).partialValue
        nextLimit = isUsedUp ? (isAtCeiling ? ceiling * 2 : max(used + 1, min(doubled, ceiling))) : nil
    }

    package init(stringLiteral name: String) {
        self.init(name)
    }

    package var description: String { name }

    /// The command line that goes on with the task.
    package var resume: String {
        "makima resume \(name)" + (nextLimit.map { " --max-iterations \($0)" } ?? "")
    }

    /// The way on as a sentence.
    package var wayOn: String {
        guard let nextLimit, isAtCeiling else { return "Go on with '\(resume)'." }
        return "\(nextLimit / 2) is this machine's ceiling: raise 'hard_limit' under [autonomous_loop] in makima's "
            + "config.toml, then '\(resume)'."
    }
}

extension TaskRecord {
    /// The task as it is called `name`, where it stands.
    package func call(_ name: String) -> TaskCall {
        TaskCall(name, used: iterations, limit: spec.limits.maxIterations, ceiling: spec.limits.ceiling, wait: wait)
    }
}
