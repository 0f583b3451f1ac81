package import Domain

extension AgentRequest {
    /// For whoever wants to know of an agent, and starts none.
    package init(lookingAt configuration: AgentConfiguration) {
        var generator = SystemRandomNumberGenerator()
        self.init(
            configuration: configuration,
            plan: "",
            prompt: "",
            taskID: TaskID(using: &generator),
            iteration: 1,
            maxIterations: 1,
            site: .confined
        )
    }
}
