/// A bug that is planted into a simulation's doubles, to see that its oracle finds it.
///
/// Nothing of it is in the product.
package enum Plant: String, Hashable, Sendable, CaseIterable {
    /// An iteration in which the process died counts twice.
    case countedTwice = "counted-twice"
    /// The state of a loop that has decided to stop is not written.
    case stopLost = "stop-lost"
    /// An agent is started without its iteration's row.
    case noWriteAhead = "no-write-ahead"
    /// The lock of an account keeps nobody out.
    case lockNotHeld = "lock-not-held"
    /// What is learned about the limit of an account is not written.
    case limitForgotten = "limit-forgotten"
    /// The messages of a prompt get no receipt.
    case receiptLost = "receipt-lost"
    /// What an iteration cost is not in the task's row.
    case costForgotten = "cost-forgotten"
}
