/// What the shell of a ``VaultKeeper`` runs: lines from its standard input, one after the other.
///
/// Beside it run two gits that answer over channels of their own: one writes commits, one compares trees. They end with
/// their input. So does the shell, but not while a git of its own waits for something: that is ended when makima is gone.
enum KeeperScript {
    static let text = """
        { read -r gone; kill -9 0; } <&7 3<&- 4>&- 5<&- 6>&- 7<&- >/dev/null &
        exec 7<&-
        git hash-object -t commit -w --stdin-paths <&3 >&4 3<&- 4>&- 5<&- 6>&- &
        git diff-tree --stdin -r --numstat -z --no-renames --no-ext-diff --no-textconv --ignore-submodules=none \\
            <&5 >&6 3<&- 4>&- 5<&- 6>&- &
        exec 3<&- 4>&- 5<&- 6>&-
        work=$VAULT/makima
        \(stageOneByOne)
        \(takeAgentCommits)
        while IFS= read -r line; do eval "$line"; printf '\\0\\0%s\\0\\0' "$?"; done
        """

    /// For what `update-index` refuses as a whole: unreadable files, and files that vanished behind a new link.
    ///
    /// Prints the paths that cannot be taken.
    private static let stageOneByOne = """
        stage_one_by_one() {
            git update-index --force-remove -z --stdin <"$work/gone" || return 1
            xargs -0 -r -n 64 sh -c '
                git update-index --add --remove --replace -- "$@" 2>/dev/null && exit 0
                for path do
                    git update-index --add --remove --replace -- "$path" 2>/dev/null || printf "%s\\\\0" "$path"
                done' sh <"$work/present"
        }
        """

    /// Copies the commits that the agent's HEAD reaches, reading its store of objects but not its configuration, and
    /// prints its tree.
    ///
    /// `index-pack --strict` checks every object and that all they name is there, without the agent's store.
    private static let takeAgentCommits = """
        take_agent_commits() {
            head=$1; shift
            printf '%s\\n' "$head" "$@" | GIT_ALTERNATE_OBJECT_DIRECTORIES=$AGENT/objects \\
                git pack-objects -q --revs --stdout --delta-base-offset \\
                | git index-pack --strict --stdin >"$work/pack" \\
                && git update-ref refs/heads/agent "$head" && git rev-parse "$head^{tree}"
        }
        """
}
