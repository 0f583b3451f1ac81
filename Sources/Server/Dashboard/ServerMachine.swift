package import Domain
package import Wire

/// Why a contract is not made.
package struct ContractObjection: Hashable, Sendable {
    package var code: String
    package var sentence: String
    package var hint: String
    /// What of the request is to be changed.
    package var field: String

    package init(_ code: String, in field: String, _ error: any ExplainedError) {
        (self.code, self.field, sentence, hint) = (code, field, "\(error)", error.hint)
    }
}

/// What a server is told by the machine that it runs on, for people who look on.
package struct ServerMachine: Sendable {
    /// What a task has changed, as a diff of git: in one iteration, or since its base; `nil` where this machine has not the work.
    package var diff: @Sendable (TaskID, Int?) async throws -> [UInt8]? = { _, _ in nil }
    /// The effective configuration, without secrets.
    package var settings: @Sendable () async throws -> [SettingView] = { [] }

    /// The checks that the repository at a path of this machine names; none where there is no such repository.
    package var checks: @Sendable (String) async throws -> [WireCheck] = { _ in [] }
    /// Why a contract could not be, as far as this machine knows; the names are those of the daemons that are connected.
    package var objection: @Sendable (ContractRequest, Set<String>) async throws -> ContractObjection? = { _, _ in nil }
    /// What tells people who do not look on; `nil` is nobody.
    package var notifier: (any ChangeNotifier)?

    package init() {}
}
