import ArgumentParser

/// `makima tool`: what an agent that leads other tasks calls for, where its program takes no tools by itself.
struct CallSupervisorTool: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tool",
        abstract: "Call one of a supervisor's tools, from its workspace",
        discussion: """
            For agents that lead other tasks and cannot use makima's MCP server; the variable MAKIMA names the program. It works \
            inside of the workspace of a supervisor only, and while its agent runs: the variables MAKIMA_TOOLS_FILE, MAKIMA_TOOLS_REPLIES and MAKIMA_TOOLS_TOKEN are that iteration's.

              "$MAKIMA" tool spawn_task '{"name": "parser", "plan": "…", "checks": ["make test"]}'
              "$MAKIMA" tool wait_for_tasks

            Arguments, of which those in brackets may be left out:
              spawn_task    name, plan, [checks, after, continues, touches, agent, max_iterations, max_cost_usd, max_tokens,
                            supervisor, target, merge_when_done]
              list_tasks
              wait_for_tasks  [tasks, any, seconds]
              read_task     task, [part: summary, diff or log]
              message_task  task, text
              stop_task, merge_task  task
            """
    )

    @Argument(help: "spawn_task, list_tasks, wait_for_tasks, read_task, message_task, stop_task or merge_task")
    var name: String

    @Argument(help: "A JSON object with the tool's arguments")
    var arguments: String = "{}"

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let variables = environment.variables
        guard let token = variables["MAKIMA_TOOLS_TOKEN"], let file = variables["MAKIMA_TOOLS_FILE"],
            let replies = variables["MAKIMA_TOOLS_REPLIES"]
        else { throw CommandError.toolTokenMissing }
        var service = ToolService(file: file, token: token, asksPeople: false, version: MakimaVersion.text)
        service.replies = replies
        let wish = ToolCallWish(tool: name, arguments: arguments)
        let answer = try await environment.machine.callTool(wish, by: service)
        environment.answers.print(
            answer.text.split(separator: "\n", omittingEmptySubsequences: false).map { StyledLine(String($0)) }
        )
        return answer.isError ? .failure : .success
    }
}

/// A call of a tool.
package struct ToolCallWish: Hashable, Sendable {
    package var tool: String
    /// JSON.
    package var arguments: String
}

package struct ToolCallAnswer: Hashable, Sendable {
    package var text: String
    package var isError: Bool

    package init(text: String, isError: Bool) {
        self.text = text
        self.isError = isError
    }
}
