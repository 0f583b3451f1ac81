import Domain

/// Writes the reference of all settings from the lists the reader works by.
package enum ConfigurationReference {
    /// The text of `docs/CONFIGURATION.md`.
    package static func markdown() -> String {
        [
            introduction, example, "## Settings\n\n" + settings, agents, prices, checks, notifications, prompts,
            repository, variables,
        ]
        .joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Configuration

        This page is generated from the list of settings in `Sources/Settings/Settings/SettingKeys.swift`;
        `UPDATE_SNAPSHOTS=1 swift test --filter ReferenceTests` writes it anew.

        Settings come from five sources, of which later ones win:

        1. the defaults below
        2. your file, `~/.config/makima/config.toml` (`$XDG_CONFIG_HOME/makima/config.toml`; `MAKIMA_CONFIG` names another)
        3. the repository's `makima.toml`, as the commit has it at which the task begins
        4. variables
        5. options of the command line

        All sources are checked as a whole before anything happens: every problem is reported, with its key, its value and
        where it stands, and a setting that does not exist is refused. `makima config` shows the settings that have not
        their default, each with its source, `--all` every one; with `--json` each value has its type, a time is a text.
        What a task was created with stays with the task.

        Times are written as `"90s"`, `"15m"`, `"1h30m"`, `"2d"` or as a number of seconds. Files are UTF-8 and have
        1 MiB at most.
        """

    private static let example = """
        ```toml
        # makima.toml: what proves the work in this repository
        protected = ["Tests/**"]

        [workspace]
        setup = "npm ci"

        [[check]]
        name = "tests"
        command = "make test"
        timeout = "10m"
        ```
        """

    private static var settings: String {
        let configuration = MakimaConfiguration()
        let rows = SettingKeys.all.map { setting in
            [
                names(setting), setting.slot.typeName, code(setting.slot.shown(in: configuration)),
                place(setting.repository), "`\(VariableNames.variable(setting.key))`", setting.meaning,
            ]
        }
        return table(["Key", "Type", "Default", "In `makima.toml`", "Variable", "Meaning"], rows)
    }

    private static var acpAgents: String {
        let names = ACPProgram.allCases.map { "`\($0.agentName)` (`\($0.command.joined(separator: " "))`)" }
        return names.dropLast().joined(separator: ", ") + (names.last.map { " and \($0)" } ?? "")
    }

    private static var agents: String {
        let rows = AgentKeys.all.map { setting in
            [
                "`\(setting.key)`", setting.slot.typeName,
                "`\(VariableNames.variable(agent: "NAME", field: setting.key))`", setting.meaning,
            ]
        }
        return """
            ## Agents

            An agent is a table `[agents.NAME]` in your own file. `claude`, `codex`, `command` and `script` exist without one:
            their kind is their name, the programs of the first two are called as they are, and `command` has no program
            until you give it one. Of the kind `acp` there are \(acpAgents).
            The kind of any other agent is `command` where nothing else is said. A program that is written as a text is
            one program, whatever blanks it has; arguments need an array, but one of those that are named here gets those that
            it needs. For `codex`, `args` must be such as `codex exec resume` knows too, such as `-c KEY=VALUE`.

            \(table(["Key", "Type", "Variable", "Meaning"], rows))

            In a variable, `NAME` is the agent's name in upper case, with `_` for `-`. An agent that is named by variables
            alone is called by it in lower case. Values that begin with `[` or `{` are JSON.

            An agent falls back at a usage limit, and where its service is overloaded, unreachable or asks for fewer requests
            and the next try is more than a minute away (with `--no-wait` at once); never for a refused login, missing credit
            or anything that the agent itself did. Who is named there falls back to its own in turn; a circle is refused. The
            first one comes back with the next iteration after its time has come. Each uses its own login and has to fit the
            task's budgets.
            """
    }

    private static var prices: String {
        let rows = PriceKeys.all.map { ["`\($0.key)`", $0.slot.typeName, $0.meaning] }
        return """
            ## Prices

            A table `[prices."MODEL"]` in your own file has the dollars for a million tokens of a model. It counts where an
            agent tells the kinds of its tokens and no cost, and comes before `price_per_million_tokens`; `input` and `output` are
            needed. The model is the one that the agent names, else its `model`. What tokens cost is rounded up to a millionth
            of a dollar.

            A cost budget for a `command` needs a price, and it holds as far as the program prints records that makima knows and
            that tell its tokens; so does a token budget. After the first process that told nothing the task stops
            (`cost_unknown`, `tokens_unknown`). What a process of Claude Code used that broke off before its result is priced by
            these tables, else estimated by what the task's other processes cost; where neither can be done, a task with a cost
            budget stops as well.

            \(table(["Key", "Type", "Meaning"], rows))
            """
    }

    private static var checks: String {
        let rows = CheckKeys.all.map { setting in
            [names(setting), setting.slot.typeName, place(setting.repository), setting.meaning]
        }
        return """
            ## Checks

            A check is a table `[[check]]`. The checks of both files add up; no two may have the same name.

            \(table(["Key", "Type", "In `makima.toml`", "Meaning"], rows))

            The variable `MAKIMA_CHECK`, one command or a JSON array of commands, takes the place of all configured checks,
            as `--check` does.
            """
    }

    private static var notifications: String {
        let target = NotificationTarget(name: "")
        let rows = NotificationKeys.all.map {
            ["`\($0.key)`", $0.slot.typeName, code($0.slot.shown(in: target)), $0.meaning]
        }
        return """
            ## Notifications

            A table `[notify.NAME]` in your own file is a target that is told when a task needs you or is over;
            [NOTIFICATIONS.md](NOTIFICATIONS.md) has examples, and what is told.

            \(table(["Key", "Type", "Default", "Meaning"], rows))
            """
    }

    private static let prompts = """
        ## Prompts

        A path under `[prompts]` begins beside the file that names it, in `makima.toml` at the root of the repository, whose
        file is read from the commit at which the task begins; in a variable it begins at the current directory.
        [PROMPTS.md](PROMPTS.md) has the variables of templates, and makima's own.
        """

    private static let repository = """
        ## What a repository may set

        `makima.toml` comes from whoever wrote the repository. It may say what concerns the repository, and may lower what
        you allow; it may not name programs that run outside of the sandbox, loosen the sandbox, raise what may be spent,
        take your uncommitted changes along or choose which of your branches is moved. Where the tables say `no`, or
        `lower only` and the value is higher than yours, it is refused with an error, never passed over.
        """

    private static let variables = """
        ## Variables

        An empty variable counts as not set. Arrays are written as JSON, or as texts between commas; `true`, `1`, `false`
        and `0` are the words for yes and no. Variables named like a table of settings that is none of them are refused.
        """

    private static func names(_ setting: Setting<some Sendable>) -> String {
        "`\(setting.key)`" + (setting.alias.map { " (or `\($0)`)" } ?? "")
    }

    private static func place(_ rule: RepositoryRule) -> String {
        switch rule {
        case .free: "yes"
        case .lower: "lower only"
        case .refused: "no"
        }
    }

    private static func code(_ text: String?) -> String { text.map { "`\($0)`" } ?? "none" }

    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        ([header, header.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |" }
            .joined(separator: "\n")
    }
}
