import Domain

extension SettingKeys {
    /// Of work that is put to review; where requests and tokens go, no repository says.
    static let forge: [Setting<MakimaConfiguration>] = [
        Setting(
            "forge.remote",
            .optionalText(\.forge.task.remote),
            "The remote that `completion = \"pr\"` pushes to; without it `origin`, or else the only one there is."
        ),
        Setting(
            "forge.api_url",
            .optionalText(\.forge.apiURL),
            "The API of a GitHub that is not github.com, as `https://github.example.com/api/v3`."
        ),
        Setting(
            "forge.token_variable",
            .optionalText(\.forge.tokenVariable),
            "The variable with the token; without it `GITHUB_TOKEN` or `GH_TOKEN` for github.com, `GH_ENTERPRISE_TOKEN` or "
                + "`GITHUB_ENTERPRISE_TOKEN` for `api_url`. With no token the program `gh` is used."
        ),
        Setting(
            "forge.draft",
            .flag(\.forge.task.isDraft),
            repository: .free,
            "Whether pull requests are opened as drafts."
        ),
        Setting(
            "forge.rounds",
            .integer(\.forge.task.rounds, 0...100),
            repository: .lower,
            "How often checks that fail and comments on the pull request are given to the agent; 0 opens it and is done."
        ),
        Setting(
            "forge.patience",
            .duration(\.forge.task.patience),
            repository: .lower,
            "How long a task stays with its pull request in all."
        ),
        Setting(
            "forge.interval",
            .duration(\.forge.task.interval),
            "The time between two looks at a pull request."
        ),
        Setting(
            "forge.bots",
            .flag(\.forge.task.hearsBots),
            "Whether comments of programs are given to the agent too."
        ),
    ]
}
