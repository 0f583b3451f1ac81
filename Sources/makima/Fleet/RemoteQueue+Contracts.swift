import Commands
import Domain
import ServerClient
import Wire

extension RemoteQueue {
    private static let contracts = "\(root)/contracts"

    func makeContract(_ request: ContractRequest, key: String) async throws -> ContractView {
        let made: ContractCreationView = try await make(request, at: Self.contracts, key: key)
        return made.contract
    }

    func contracts(matching text: String?) async throws -> ContractPageView {
        try await allContracts(text.map { "&text=\(Self.escaped($0))" } ?? "")
    }

    func contracts(latest: Int) async throws -> ContractPageView {
        var page = try await client.get("\(Self.contracts)?limit=\(min(200, latest))", as: ContractPageView.self)
        // One page with all of them is the whole answer.
        guard page.next != nil else { return page }
        let open: [ContractStatus] = [.working, .blocked, .budgetReached]
        let known = Set(page.contracts.map(\.contractId))
        let more = try await allContracts("&status=\(open.map(\.rawValue).joined(separator: ","))")
        page.contracts += more.contracts.filter { !known.contains($0.contractId) }
        return page
    }

    private func allContracts(_ filter: String) async throws -> ContractPageView {
        var all = ContractPageView()
        var next: String?
        repeat {
            let cursor = next.map { "&after=\(Self.escaped($0))" } ?? ""
            let page = try await client.get("\(Self.contracts)?limit=200\(filter)\(cursor)", as: ContractPageView.self)
            all.contracts += page.contracts
            all.damaged += page.damaged
            next = page.next
        } while next != nil
        return all
    }

    func contract(_ id: String) async throws -> ContractView? {
        try await client.find("\(Self.contracts)/\(Self.escaped(id))", as: ContractView.self)
    }

    func timeline(of id: String, after position: Int) async throws -> TimelineView {
        let path = "\(Self.contracts)/\(Self.escaped(id))/timeline?limit=200&after=\(position)"
        return try await client.get(path, as: TimelineView.self)
    }

    func stopContract(_ id: String) async throws -> ContractView {
        let path = "\(Self.contracts)/\(Self.escaped(id))/stop"
        return try await client.post(path, PlainRequest(), key: nil, as: ContractView.self)
    }

    func resumeContract(_ id: String, _ request: ContractResumeRequest) async throws -> ContractView {
        let path = "\(Self.contracts)/\(Self.escaped(id))/resume"
        return try await client.post(path, request, key: nil, as: ContractView.self)
    }

    func followContract(
        _ id: String,
        after position: Int,
        _ body: @Sendable (ContractStep) async throws -> Bool
    ) async throws {
        var last = position
        var away: (since: Duration, first: ServerClientError)?
        while true {
            do {
                let isBack = away != nil
                guard let told = try await tellNews(of: id, after: last, isBack: isBack, body) else { return }
                (last, away) = (told, nil)
            } catch let error as ServerClientError where error.isUnreachable {
                // It was there before, and may be started again.
                let waited = away?.since ?? .zero
                if away == nil { _ = try await body(.away(message: "\(error)")) }
                guard waited < Self.patience else { throw away?.first ?? error }
                away = (waited + Self.pause, away?.first ?? error)
            }
            try await clock.sleep(for: Self.pause)
            if away != nil { try lookAgain() }
        }
    }

    /// Tells what is new, and returns the position of the last of it; `nil` where nothing more is wanted.
    private func tellNews(
        of id: String,
        after position: Int,
        isBack: Bool,
        _ body: @Sendable (ContractStep) async throws -> Bool
    ) async throws -> Int? {
        guard let (contract, entries) = try await news(of: id, after: position) else { return nil }
        if isBack { _ = try await body(.back) }
        for entry in entries {
            guard try await body(.entry(entry)) else { return nil }
        }
        guard try await body(.standing(contract)) else { return nil }
        return entries.last?.position ?? position
    }

    /// How a contract stands, and what had happened by then at least; `nil` where the server knows it no more.
    private func news(of id: String, after position: Int) async throws -> (ContractView, [TimelineEntryView])? {
        // Asked for first, so that what led to it is told too.
        guard let contract = try await contract(id) else { return nil }
        var entries: [TimelineEntryView] = []
        var next: Int? = position
        while let after = next {
            let page = try await timeline(of: id, after: after)
            entries += page.entries
            next = page.next
        }
        return (contract, entries)
    }
}
