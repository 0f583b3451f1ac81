import ArgumentParser
import Domain
import Wire

/// Names the contract a command is about.
struct ContractArgument: ParsableArguments {
    @Argument(help: "The contract: any unique beginning of its id or name")
    var contract: String

    func validate() throws {
        guard !contract.allSatisfy(\.isWhitespace) else {
            throw ValidationError("The contract's name is empty: give the beginning of its id or name.")
        }
    }
}

/// Finds contracts of a server by what they are called.
struct ContractLookup {
    let book: any ContractBook

    /// Finds the one contract whose id or name begins with `name`, in upper or lower case.
    func find(_ name: String) async throws -> ContractView {
        let wanted = name.lowercased()
        if ContractID(rawValue: wanted) != nil, let found = try await book.contract(wanted) { return found }
        // The server compares letters of ASCII alone in upper or lower case, and takes no long text.
        let isPlain = wanted.utf8.count <= 256 && wanted.utf8.allSatisfy { $0 < 0x80 }
        let all = try await book.contracts(matching: isPlain ? wanted : nil).contracts
        let exact = all.filter { $0.name.lowercased() == wanted }
        let found =
            exact.isEmpty
            ? all.filter { $0.contractId.hasPrefix(wanted) || $0.name.lowercased().hasPrefix(wanted) } : exact
        guard let first = found.first else { throw ContractCommandError.unknown(name) }
        guard found.count == 1 else { throw ContractCommandError.ambiguous(name, found.map(\.contractId)) }
        return first
    }
}

extension ContractView {
    /// How it can be called on the command line.
    var callName: String { String(contractId.prefix(6)) }
}
