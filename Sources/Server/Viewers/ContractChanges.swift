import Domain

/// The contracts that changed last, for those who look on.
struct ContractChanges: Hashable, Sendable {
    static let most = 1000

    private var contracts: [ContractID] = []
    /// Of the first of ``contracts``.
    private var first = 0

    /// Of the next one.
    var next: Int { first + contracts.count }

    mutating func add(_ changed: Set<ContractID>) {
        contracts += changed.sorted { $0.rawValue < $1.rawValue }
        let surplus = contracts.count - Self.most
        guard surplus > 0 else { return }
        contracts.removeFirst(surplus)
        first += surplus
    }

    /// Notes that some have changed that are not known.
    mutating func addUnknown() {
        first = next + 1
        contracts = []
    }

    /// Those from `number` on, each once; `nil` where not all are known.
    func since(_ number: Int) -> [ContractID]? {
        guard number >= first else { return nil }
        var seen: Set<ContractID> = []
        return contracts.dropFirst(number - first).filter { seen.insert($0).inserted }
    }
}
