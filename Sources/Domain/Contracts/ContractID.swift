/// Names a contract, as a ``TaskID`` names a task.
package struct ContractID: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
    private let id: TaskID

    /// Returns `nil` unless `rawValue` is one as ``TaskID`` has them.
    package init?(rawValue: String) {
        guard let id = TaskID(rawValue: rawValue) else { return nil }
        self.id = id
    }

    package init(using generator: inout some RandomNumberGenerator) { id = TaskID(using: &generator) }

    package init(from decoder: any Decoder) throws { id = try TaskID(from: decoder) }

    package func encode(to encoder: any Encoder) throws { try id.encode(to: encoder) }

    package var rawValue: String { id.rawValue }
    package var description: String { id.rawValue }
    package var short: String { id.short }
}
