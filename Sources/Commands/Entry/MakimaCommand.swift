import ArgumentParser

/// The root of the command line.
///
/// Commands are parsed as plain values and executed with what the environment gives.
struct MakimaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "makima",
        abstract: "Run coding agents unattended, until checks prove the work done",
        discussion: """
            Each task works in its own git workspace, iteration after iteration, until checks that makima runs itself \
            pass, or a limit, a budget, the circuit breaker or you stop it. Everything is kept, and can be resumed.

            Tasks are named by any unique beginning of their id or name.
            """,
        version: MakimaVersion.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Work",
                subcommands: [
                    RunTask.self, ResumeTask.self, SteerTask.self, AnswerQuestion.self, PauseTask.self, StopTask.self,
                    AddTasks.self, ContractCommand.self,
                ]
            ),
            CommandGroup(
                name: "Look",
                subcommands: [
                    ListTasks.self, TopCommand.self, ShowTask.self, ExplainTask.self, ReadLogs.self, AttachTask.self,
                    ShowDiff.self, ListCheckpoints.self, MakeReport.self,
                ]
            ),
            CommandGroup(
                name: "Take over",
                subcommands: [MergeTask.self, RestoreCheckpoint.self, EnterTask.self, DiscardTask.self]
            ),
            CommandGroup(
                name: "Machine",
                subcommands: [
                    DiagnoseMachine.self, CollectGarbage.self, ShowConfiguration.self, ListAgents.self,
                    NotifyPeople.self, RunInSandbox.self, PrintCompletions.self,
                ]
            ),
            CommandGroup(
                name: "Server",
                subcommands: [
                    RunUp.self, OpenDashboard.self, RunServer.self, RunDaemon.self, ListDaemons.self, MakeToken.self,
                ]
            ),
            CommandGroup(
                name: "Internal",
                subcommands: [ServeTools.self, CallSupervisorTool.self, PlayScenario.self, OfferWords.self]
            ),
        ]
    )
}

/// The version that `makima --version` prints.
package enum MakimaVersion {
    package static let text = "0.1.0"
}
