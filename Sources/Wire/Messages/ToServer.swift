/// What a daemon sends.
package enum ToServer: MessageSet {
    case hello(Hello)
    case heartbeat(Heartbeat)
    case ack(CommandAck)
    case commandAnswer(CommandAnswer)
    case notUnderstood(NotUnderstood)
    case taskOutput(TaskOutput)
    case taskEvent(TaskEventReport)
    case statusChange(StatusChange)
    case iterationEnded(IterationEnded)
    case checkpointPart(ReportPart)
    case checkpoint(CheckpointReport)
    case question(QuestionReport)
    case taskComplete(TaskComplete)
    /// Of a later version: to be answered with ``NotUnderstood``, and acknowledged where it is numbered.
    case unknown(FrameReference)

    package static let kinds: [MessageKind<ToServer>] = [
        MessageKind(ToServer.hello), MessageKind(ToServer.heartbeat), MessageKind(ToServer.ack),
        MessageKind(ToServer.commandAnswer), MessageKind(ToServer.notUnderstood), MessageKind(ToServer.taskOutput),
        MessageKind(ToServer.taskEvent), MessageKind(ToServer.statusChange), MessageKind(ToServer.iterationEnded),
        MessageKind(ToServer.checkpointPart), MessageKind(ToServer.checkpoint), MessageKind(ToServer.question),
        MessageKind(ToServer.taskComplete),
    ]

    package var content: (any WireMessage)? {
        switch self {
        case .hello(let message): message
        case .heartbeat(let message): message
        case .ack(let message): message
        case .commandAnswer(let message): message
        case .notUnderstood(let message): message
        case .taskOutput(let message): message
        case .taskEvent(let message): message
        case .statusChange(let message): message
        case .iterationEnded(let message): message
        case .checkpointPart(let message): message
        case .checkpoint(let message): message
        case .question(let message): message
        case .taskComplete(let message): message
        case .unknown: nil
        }
    }

    /// What it carries where it comes from the outbox.
    package var stamp: Stamp? { (content as? any DurableMessage)?.stamp }
}
