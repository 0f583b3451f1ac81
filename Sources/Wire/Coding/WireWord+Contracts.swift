package import Domain

extension TaskRole: WireWord {
    package var wireWord: String { rawValue }
}

extension ContractStatus: WireWord {
    package var wireWord: String { rawValue }
}

extension SupervisorAction: WireWord {
    package var wireWord: String { rawValue }
}

extension OrphanPolicy: WireWord {
    package var wireWord: String { rawValue }
}
