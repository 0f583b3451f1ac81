import Domain

/// What one process of Codex has spent.
///
/// The figures at the end of a turn are those of the whole thread: where earlier processes took part in it, theirs are
/// in them. What a process spent that was killed is told by the next one, with its own.
struct CodexSpending: Hashable, Sendable {
    /// What the thread that was told of last has used.
    private var current: ModelTokens?
    private var thread: String?
    /// The same of the threads before it: behind one command there may be several.
    private var earlier: ModelTokens?
    private let session: AgentSession?

    init(session: AgentSession?) {
        self.session = session
    }

    /// By kind, of all threads; `nil` while nothing was told.
    var tokens: ModelTokens? {
        guard let current, let earlier else { return current ?? earlier }
        return current + earlier
    }

    var usage: Usage { Usage(tokens: tokens?.total).clamped }

    /// Takes the figures of a turn in `thread`; figures that are none change nothing.
    mutating func settle(_ figures: JSONValue?, of thread: String?) {
        guard figures?["input_tokens"]?.int != nil || figures?["output_tokens"]?.int != nil else { return }
        if thread != self.thread {
            earlier = tokens
            self.thread = thread
        }
        current = Self.kinds(figures).without(session?.id == thread ? session?.tokens : nil)
    }

    /// What the cache had is part of the input.
    private static func kinds(_ figures: JSONValue?) -> ModelTokens {
        let count = { (key: String) in max(0, figures?[key]?.int ?? 0) }
        let input = count("input_tokens")
        let read = min(count("cached_input_tokens"), input)
        let written = min(count("cache_write_input_tokens"), input - read)
        return ModelTokens(
            input: input - read - written,
            output: count("output_tokens"),
            cacheRead: read,
            cacheWrite: written
        )
    }
}

extension ModelTokens {
    /// What is more than `before`; all of it where less was spent of any kind, because then it counts from zero.
    func without(_ before: ModelTokens?) -> ModelTokens {
        guard let before, before.input <= input, before.output <= output, before.cacheRead <= cacheRead,
            before.cacheWrite <= cacheWrite
        else { return self }
        return ModelTokens(
            input: input - before.input,
            output: output - before.output,
            cacheRead: cacheRead - before.cacheRead,
            cacheWrite: cacheWrite - before.cacheWrite
        )
    }
}
