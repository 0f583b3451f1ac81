import ArgumentParser

/// `makima contract`: goals that several tasks work on.
struct ContractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract",
        abstract: "Let agents work on one goal together",
        discussion: """
            A contract is a goal, the tasks that work on it, what they may spend together, and a queue through which their work \
            gets into a branch. It is kept by the server ('makima up').
            """,
        subcommands: [
            NewContract.self, ListContracts.self, ShowContract.self, ReadContractLog.self, AttachContract.self,
            StopContract.self, ResumeContract.self,
        ]
    )
}
