package import Domain

extension LoopMachine {
    /// Goes on where a run ended before the checks had judged an iteration: the first thing to do is to run them.
    ///
    /// The shell carries out ``Effect/runChecks(number:)`` for the report's iteration instead of sending
    /// ``Event/start``. A verdict that was owed is owed still, also where no iteration is left.
    package init(rules: LoopRules, memory: LoopMemory, owedVerdictOn report: IterationReport) {
        self.init(rules: rules, memory: memory)
        state = .checking(report)
    }
}

extension LoopMemory {
    /// Begins with counts that were kept elsewhere, where the memory itself could not be read.
    package init(iterationsUsed: Int, usage: Usage, activeTime: Duration) {
        self.init()
        self.iterationsUsed = iterationsUsed
        self.usage = usage
        self.activeTime = activeTime
    }
}
