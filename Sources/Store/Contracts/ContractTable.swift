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
    /// Newest first; those in one of `statuses`, or all.
    func contracts(_ statuses: Set<ContractStatus>?, limit: Int) async throws(StoreError) -> ContractPage
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

/// Some of the contracts.
package struct ContractPage: Hashable, Sendable {
    package var contracts: [Contract]
    /// The ids of those that cannot be read.
    package var damaged: [String]

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
