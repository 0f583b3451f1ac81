import Domain

// The beginnings and ends of tasks, for the timeline.

extension ContractTurn {
    /// Tells of each attempt once that it has begun, and that it has ended: what was told is noted in the contract itself.
    ///
    /// Of attempts that began and ended between two looks the last one is told.
    mutating func noteMoves() {
        for task in members {
            guard let member = contract.members[task] else { continue }
            guard let found = view.tasks[task] else {
                contract.members[task]?.ended = member.begun
                continue
            }
            guard let begun = member.begun, let ended = member.ended else {
                // What happened before such notes were made is not told as if it happened now.
                contract.members[task]?.begun = found.attempt
                contract.members[task]?.ended = found.attempt - (found.assignment == nil ? 0 : 1)
                continue
            }
            if begun < found.attempt, found.assignment?.isAccepted == true || hasEnded(found) {
                contract.members[task]?.begun = found.attempt
                notes.append(.taskBegan(task, daemon: found.assignment?.daemon ?? found.home, attempt: found.attempt))
            }
            guard ended < found.attempt, contract.members[task]?.begun == found.attempt, found.assignment == nil else {
                continue
            }
            contract.members[task]?.ended = found.attempt
            if let note = end(of: found, member) { notes.append(note) }
        }
    }

    private func hasEnded(_ task: FleetTask) -> Bool {
        task.isParked || task.assignment == nil && task.status.endsAttempt
    }

    /// `nil` where that is told otherwise.
    private func end(of task: FleetTask, _ member: ContractMember) -> ContractNote? {
        if hasEnded(task) {
            // That it is parked was told when it was.
            if case .waiting(.dependency, _)? = task.reason { return nil }
            return .taskEnded(task.id, task.status, reason: task.reason?.code)
        }
        // Supervisors that are begun anew are told of as such.
        return task.losses > 0 && member.role == .task ? .taskLost(task.id, attempt: task.attempt) : nil
    }
}
