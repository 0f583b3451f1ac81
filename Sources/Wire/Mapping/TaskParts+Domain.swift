package import Domain

extension WireUsage {
    package init(_ usage: Usage) {
        costMicrodollars = usage.cost?.clipped
        tokens = usage.tokens?.clipped
        unpricedTokens = usage.unpricedTokens?.clipped
        pricedCostMicrodollars = usage.pricedCost?.clipped
        untoldProcesses = usage.untold?.clipped
    }

    package var usage: Usage {
        var usage = Usage(cost: costMicrodollars, tokens: tokens, unpricedTokens: unpricedTokens)
        usage.pricedCost = pricedCostMicrodollars
        usage.untold = untoldProcesses
        return usage
    }
}

extension WireBudgets {
    package init(_ budgets: Budgets) {
        maxCostMicrodollars = budgets.maxCost
        maxTokens = budgets.maxTokens
        maxDurationMilliseconds = budgets.maxDuration
    }

    package var budgets: Budgets {
        Budgets(maxCost: maxCostMicrodollars, maxTokens: maxTokens, maxDuration: maxDurationMilliseconds)
    }

    var isEmpty: Bool { self == WireBudgets() }
}

extension WireTimeouts {
    package init(_ timeouts: Timeouts) {
        iterationMilliseconds = timeouts.iteration
        stallMilliseconds = timeouts.stall
        firstOutputMilliseconds = timeouts.firstOutput
        toolCallMilliseconds = timeouts.toolCall
        checkMilliseconds = timeouts.check
        orphanMilliseconds = timeouts.orphan
    }

    /// Those of the wire, and of `own` where there are none.
    package func timeouts(over own: Timeouts) -> Timeouts {
        Timeouts(
            iteration: iterationMilliseconds ?? own.iteration,
            stall: stallMilliseconds ?? own.stall,
            firstOutput: firstOutputMilliseconds ?? own.firstOutput,
            toolCall: toolCallMilliseconds ?? own.toolCall,
            check: checkMilliseconds ?? own.check,
            orphan: orphanMilliseconds ?? own.orphan
        )
    }
}

extension WireCheck {
    package init(_ check: CheckDefinition) {
        name = check.name
        command = check.command
        timeoutMilliseconds = check.timeout
        clean = check.clean
        network = check.network
    }

    package var check: CheckDefinition {
        var check = CheckDefinition(name: name, command: command, timeout: timeoutMilliseconds, clean: clean)
        check.network = network
        return check
    }
}

extension WireRotation {
    package init(_ rotation: ContextRotation) {
        fillPercent = rotation.fill
        resumes = rotation.resumes
    }

    package var rotation: ContextRotation { ContextRotation(fill: fillPercent, resumes: resumes) }
}

extension WireForge {
    package init(_ spec: ForgeSpec) {
        remote = spec.remote
        draft = spec.isDraft
        rounds = spec.rounds
        patienceMilliseconds = spec.patience
        intervalMilliseconds = spec.interval
        bots = spec.hearsBots
    }

    package var spec: ForgeSpec {
        var spec = ForgeSpec()
        spec.remote = remote
        spec.isDraft = draft
        spec.rounds = rounds
        spec.patience = patienceMilliseconds
        // A server that says nothing sensible does not let a daemon ask without a pause.
        spec.interval = max(intervalMilliseconds, .seconds(1))
        spec.hearsBots = bots
        return spec
    }
}

extension WireQuestionPolicy {
    package init(_ policy: QuestionPolicy) {
        deadlineMilliseconds = policy.deadline
        fallback = policy.fallback
        patienceMilliseconds = policy.patience
    }

    package var policy: QuestionPolicy {
        var policy = QuestionPolicy(deadline: deadlineMilliseconds, fallback: fallback)
        policy.patience = patienceMilliseconds
        return policy
    }
}

extension WirePrompts {
    package init(_ texts: PromptTexts) {
        first = texts.first
        handover = texts.handover
        continued = texts.continued
    }

    package var texts: PromptTexts { PromptTexts(first: first, handover: handover, continued: continued) }
}

extension WireSandbox {
    package init(_ spec: SandboxSpec) {
        mode = spec.mode
        read = spec.read
        write = spec.write
        nested = spec.nested
        ptrace = spec.ptrace
        network = spec.network
        allowHosts = spec.allowHosts
        maxUploadMiB = spec.maxUploadMiB
        limits = spec.limits == ProcessLimits() ? nil : WireProcessLimits(spec.limits)
    }

    package var spec: SandboxSpec {
        var spec = SandboxSpec(mode: mode, read: read, write: write)
        spec.nested = nested
        spec.ptrace = ptrace
        spec.network = network
        spec.allowHosts = allowHosts
        spec.maxUploadMiB = maxUploadMiB
        spec.limits = limits?.limits ?? ProcessLimits()
        return spec
    }
}

extension WireProcessLimits {
    package init(_ limits: ProcessLimits) {
        processes = limits.processes
        memoryMiB = limits.memoryMiB
        // A configuration cannot say what is no number; what is absurdly large is as good as no limit.
        milliCpus = limits.cpus.map { $0.isFinite ? Int(min(max($0 * 1000, 0), 1e9).rounded()) : 0 }
        openFiles = limits.openFiles
        fileMiB = limits.fileMiB
        diskMiB = limits.diskMiB
    }

    package var limits: ProcessLimits {
        var limits = ProcessLimits()
        limits.processes = processes
        limits.memoryMiB = memoryMiB
        limits.cpus = milliCpus.map { Double($0) / 1000 }
        limits.openFiles = openFiles
        limits.fileMiB = fileMiB
        limits.diskMiB = diskMiB
        return limits
    }
}

extension WireStanding {
    package init(_ task: TaskRecord, checkpoint: Int?) {
        iterations = task.iterations.clipped
        runs = task.runs.clipped
        usage = WireUsage(task.usage)
        activeMilliseconds = task.activeTime.clipped
        sessionId = task.sessionID.flatMap { $0.utf8.count <= WireLimits.sentence ? $0.clipped(to: .max) : nil }
        loopMemory = task.loopMemory.flatMap { $0.utf8.count <= WireLimits.plan ? $0 : nil }
        acceptedTree = task.acceptedTree?.rawValue
        self.checkpoint = checkpoint
    }

    /// Makes a new record one of a task that earlier attempts have worked on.
    package func apply(to task: inout TaskRecord) {
        task.iterations = iterations
        task.runs = runs
        task.usage = usage.usage
        task.activeTime = activeMilliseconds
        task.sessionID = sessionId
        task.loopMemory = loopMemory
        task.acceptedTree = acceptedTree.flatMap(TreeID.init(rawValue:))
    }
}
