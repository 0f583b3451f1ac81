import Domain

/// What one process has said so far in the records of one agent's format: one JSON object a line.
protocol RecordTranscript: Sendable {
    /// Everything that is read out of any record; the rest is passed over.
    static var needed: JSONSelection { get }

    /// Whether only this agent begins its output with `record`, which `line` holds: how it is recognised behind another
    /// command.
    static func isUnmistakable(_ record: JSONValue, in line: UnsafeRawBufferPointer) -> Bool

    /// Begins to read a process that goes on with `session`; `nil` for one that begins a conversation.
    init(session: AgentSession?)

    /// Takes the next record, and appends what it tells to `events`.
    mutating func take(_ record: JSONValue, into events: inout [AgentEvent])

    /// Takes what is left of a record that was too long to be held: its own members, with `null` for each object or
    /// array, and long strings cut.
    mutating func takeOutline(_ record: JSONValue, into events: inout [AgentEvent])

    /// Judges how the process ended.
    func outcome(_ rest: LastWords) -> AgentOutcome

    /// Whether the program's input stays open while it works.
    var isTalking: Bool { get }

    /// As the reader's.
    var awaitsHandshake: Bool { get }

    /// Returns what the program is to read next, and forgets it.
    mutating func takeInput() -> AgentInput

    /// Hears what the program is to be told; returns false where it cannot be told that, or not any more.
    mutating func hear(_ word: AgentWord) -> Bool

    /// As the reader's.
    mutating func recall(_ input: [UInt8]) -> Set<Int>
}

// Most programs read their prompt and nothing else.
extension RecordTranscript {
    var isTalking: Bool { false }
    var awaitsHandshake: Bool { false }
    mutating func takeInput() -> AgentInput { AgentInput() }
    mutating func hear(_ word: AgentWord) -> Bool { false }
    mutating func recall(_ input: [UInt8]) -> Set<Int> { [] }
}
