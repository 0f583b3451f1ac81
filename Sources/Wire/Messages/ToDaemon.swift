/// What a server sends.
package enum ToDaemon: MessageSet {
    case welcome(Welcome)
    case ack(OutboxAck)
    case refused(Refused)
    case notUnderstood(NotUnderstood)
    case spawnTask(SpawnTask)
    case checkpointPart(DeliverPart)
    case pauseTask(PauseTask)
    case resumeTask(ResumeTask)
    case stopTask(StopTask)
    case interruptTask(InterruptTask)
    case sendMessage(SendMessage)
    case answerQuestion(AnswerQuestion)
    case restoreCheckpoint(RestoreCheckpoint)
    case deleteWorkspace(DeleteWorkspace)
    case drain(Drain)
    case mergeTasks(MergeTasks)
    case mergePart(MergePart)
    /// Of a later version: to be answered with ``NotUnderstood``.
    case unknown(FrameReference)

    package static let kinds: [MessageKind<ToDaemon>] = [
        MessageKind(ToDaemon.welcome), MessageKind(ToDaemon.ack), MessageKind(ToDaemon.refused),
        MessageKind(ToDaemon.notUnderstood), MessageKind(ToDaemon.spawnTask), MessageKind(ToDaemon.checkpointPart),
        MessageKind(ToDaemon.pauseTask), MessageKind(ToDaemon.resumeTask), MessageKind(ToDaemon.stopTask),
        MessageKind(ToDaemon.interruptTask), MessageKind(ToDaemon.sendMessage), MessageKind(ToDaemon.answerQuestion),
        MessageKind(ToDaemon.restoreCheckpoint), MessageKind(ToDaemon.deleteWorkspace), MessageKind(ToDaemon.drain),
        MessageKind(ToDaemon.mergeTasks), MessageKind(ToDaemon.mergePart),
    ]

    package var content: (any WireMessage)? {
        switch self {
        case .welcome(let message): message
        case .ack(let message): message
        case .refused(let message): message
        case .notUnderstood(let message): message
        case .spawnTask(let message): message
        case .checkpointPart(let message): message
        case .pauseTask(let message): message
        case .resumeTask(let message): message
        case .stopTask(let message): message
        case .interruptTask(let message): message
        case .sendMessage(let message): message
        case .answerQuestion(let message): message
        case .restoreCheckpoint(let message): message
        case .deleteWorkspace(let message): message
        case .drain(let message): message
        case .mergeTasks(let message): message
        case .mergePart(let message): message
        case .unknown: nil
        }
    }

    /// The id of a command; `nil` for what is none.
    package var commandID: String? {
        if let command = content as? any TaskCommand { return command.head.id }
        switch self {
        case .drain(let drain): return drain.id
        case .mergeTasks(let merge): return merge.id
        case .mergePart(let part): return part.id
        default: return nil
        }
    }
}
