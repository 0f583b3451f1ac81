package import Domain
package import Fleet

/// Contracts, and what happened in them.
package protocol ContractTable: Sendable {
    /// Makes a contract; where a request with the same key has made one, returns that.
    ///
    /// Throws where there is one with the id.
    func create(_ contract: NewContract, key: RequestKey?, at time: Timestamp) async throws(StoreError)
        -> ContractCreation
    func contract(_ id: ContractID) async throws(StoreError) -> Contract?
    /// What its tasks are made from, as it was given.
    func template(of id: ContractID) async throws(StoreError) -> String?
    /// Newest first.
    func contracts(_ filter: ContractFilter, after cursor: ContractCursor?, limit: Int) async throws(StoreError)
        -> ContractPage
    /// The ids of those in which something may follow by itself.
    func activeContracts() async throws(StoreError) -> [ContractID]
    /// Writes a contract over the revision that it was decided on, with what is told of it.
    func update(_ contract: Contract, notes: [ContractNote], at time: Timestamp) async throws(StoreError)
        -> ContractUpdate
    /// What happened after `position`, in order.
    func timeline(of id: ContractID, after position: Int, limit: Int) async throws(StoreError) -> [ContractEvent]
    /// What happened before `position`, newest first.
    func timeline(of id: ContractID, before position: Int, limit: Int) async throws(StoreError) -> [ContractEvent]
    /// What happened last; `nil` where nothing has.
    func lastNote(of id: ContractID) async throws(StoreError) -> ContractNote?
}

/// A contract that is to be made.
package struct NewContract: Hashable, Sendable {
    package var contract: Contract
    /// What its tasks are made from; the store does not look into it.
    package var template: String
    package var notes: [ContractNote]

    package init(_ contract: Contract, template: String, notes: [ContractNote] = []) {
        self.contract = contract
        self.template = template
        self.notes = notes
    }
}

package struct ContractCreation: Hashable, Sendable {
    package var contract: Contract
    /// The same request had made it before.
    package var isRepetition: Bool

    package init(_ contract: Contract, isRepetition: Bool) {
        self.contract = contract
        self.isRepetition = isRepetition
    }
}

/// Which contracts are wanted.
package struct ContractFilter: Hashable, Sendable {
    /// Those in one of these; `nil` is any.
    package var statuses: Set<ContractStatus>?
    /// Part of the name, or the beginning of the id; in upper or lower case.
    package var text: String?

    package init(_ statuses: Set<ContractStatus>? = nil, text: String? = nil) {
        self.statuses = statuses
        self.text = text
    }
}

/// Where a page of contracts ends.
package struct ContractCursor: Hashable, Sendable {
    package let created: Timestamp
    package let id: ContractID

    init(created: Timestamp, id: ContractID) {
        self.created = created
        self.id = id
    }

    /// Reads the text of one.
    package init(text: String) throws(StoreError) {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let time = Int64(parts[0], radix: 36), let id = ContractID(rawValue: String(parts[1]))
        else { throw .malformedCursor(String(text.prefix(100))) }
        created = Timestamp(millisecondsSince1970: time)
        self.id = id
    }

    package var text: String { "\(String(created.millisecondsSince1970, radix: 36))-\(id)" }
}

/// Some of the contracts.
package struct ContractPage: Hashable, Sendable {
    package var contracts: [Contract]
    /// The ids of those that cannot be read.
    package var damaged: [String]
    /// Where the next page begins; `nil` after the last.
    package var next: ContractCursor?

    package init(_ contracts: [Contract], damaged: [String] = []) {
        self.contracts = contracts
        self.damaged = damaged
    }
}

package enum ContractUpdate: Hashable, Sendable {
    case updated(Contract)
    /// Somebody was faster: it is now this.
    case outdated(Contract)
    case unknown
}

/// Something that happened in a contract.
package struct ContractEvent: Hashable, Sendable {
    /// From 1 within the contract, without gaps.
    package var position: Int
    package var at: Timestamp
    package var note: ContractNote

    package init(_ position: Int, at time: Timestamp, _ note: ContractNote) {
        self.position = position
        at = time
        self.note = note
    }
}
