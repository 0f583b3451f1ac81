package import Wire

/// What a server has of a task, beside how it stands.
package struct TaskHistory: Sendable {
    /// As it was asked for; `nil` where this version cannot read it.
    package var document: SpawnTask?
    package var iterations: [IterationView] = []
    package var receipts: [ReceiptView] = []
    package var checkpoints: [CheckpointView] = []
    package var questions: [QuestionView] = []
    /// The events of the kinds `status`, `person`, `check` and `note`.
    package var events: [EventView] = []

    package init(questions: [QuestionView] = []) {
        self.questions = questions
    }
}
