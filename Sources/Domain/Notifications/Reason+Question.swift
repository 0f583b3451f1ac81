extension Reason {
    /// What a person is to answer, so that a task with this reason goes on; `asked` is what the agent asked last.
    package func question(asked: TaskMoment.Question?) -> TaskMoment.Question? {
        switch self {
        case .blocked(.question(let text)):
            asked.flatMap { $0.isPermission ? nil : $0 } ?? .init(text: text, number: nil, isPermission: false)
        case .blocked(.permissionAsked(let number, let what)):
            asked.flatMap { $0.isPermission ? $0 : nil } ?? .init(text: what, number: number, isPermission: true)
        case .waiting(.answer, _): asked.flatMap { $0.isPermission ? nil : $0 }
        case .waiting(.permission, _): asked.flatMap { $0.isPermission ? $0 : nil }
        case .blocked, .waiting, .completed, .iterationLimit, .budget, .stalled, .paused, .interrupted, .failed: nil
        }
    }
}
