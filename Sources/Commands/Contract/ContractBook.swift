package import Wire

/// The commands' way to the contracts of a server.
package protocol ContractBook: Sendable {
    /// The same `key` makes it once.
    func makeContract(_ request: ContractRequest, key: String) async throws -> ContractView
    /// All contracts of the server, newest first; with `text`, those that have it in their name, or at the beginning of their
    /// id.
    func contracts(matching text: String?) async throws -> ContractPageView
    /// The `latest` contracts, and those before that are not over; with `next` where there are others.
    func contracts(latest: Int) async throws -> ContractPageView
    /// `nil` where the server knows none.
    func contract(_ id: String) async throws -> ContractView?
    /// What has happened after `position`: some of it, and where the next part begins, where there is one.
    func timeline(of id: String, after position: Int) async throws -> TimelineView
    func stopContract(_ id: String) async throws -> ContractView
    func resumeContract(_ id: String, _ request: ContractResumeRequest) async throws -> ContractView
    /// Calls `body` with what happens in a contract from the entry after `position` on, until it returns false.
    ///
    /// Where the connection breaks, it is made again, and that is told; throws where it cannot be for long.
    func followContract(
        _ id: String,
        after position: Int,
        _ body: @Sendable (ContractStep) async throws -> Bool
    ) async throws
}

/// What somebody learns who looks on a contract.
package enum ContractStep: Hashable, Sendable {
    case entry(TimelineEntryView)
    /// As it was when all entries before had been told.
    case standing(ContractView)
    /// The server cannot be reached; it is tried again and again.
    case away(message: String)
    case back
}
