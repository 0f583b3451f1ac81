/// The shell scripts that work on the vault; each runs once in the sandbox and prints `name=value` records ending in NUL.
enum VaultScript {
    /// Fills a new workspace.
    ///
    /// The agent's git directory is still as makima wrote it.
    ///
    /// Variables: `BASE` (a commit or empty), `BASE_TREE`, `SOURCE` (the user's checkout, when its changes are taken
    /// along).
    static let populate =
        StagingScript.text + """

            tip=$BASE
            if [ -z "$BASE" ]; then tip=$(git commit-tree "$BASE_TREE" -m 'makima checkpoint 0') || fail 'commit-tree'; fi
            git update-ref refs/heads/checkpoints "$tip" || fail 'update-ref'
            [ -z "$BASE" ] || git update-ref refs/heads/agent "$BASE" || fail 'update-ref'
            tree=$BASE_TREE
            if [ -n "$SOURCE" ]; then
                cd "$SOURCE" || fail "$SOURCE"
                export GIT_WORK_TREE="$SOURCE" GIT_INDEX_FILE="$VAULT/source-index"
                read_tree; stage_changes
                tree=$(git write-tree) || fail 'write-tree'
                rm -f "$GIT_INDEX_FILE"
                export GIT_WORK_TREE="$TREE"; unset GIT_INDEX_FILE
                cat "$work/nested" "$work/left" "$work/closed"
                if [ "$tree" != "$BASE_TREE" ]; then
                    tip=$(git commit-tree "$tree" -p "$tip" -m 'makima checkpoint 0') || fail 'commit-tree'
                    git update-ref refs/heads/checkpoints "$tip" || fail 'update-ref'
                fi
            fi
            git update-ref refs/makima/checkpoints/0 "$tip" || fail 'update-ref'
            cd "$TREE" || fail "$TREE"
            GIT_DIR=$AGENT GIT_ALTERNATE_OBJECT_DIRECTORIES=$VAULT/objects \\
                git -c checkout.workers=0 read-tree -u --reset "$tree" || fail 'checkout'
            cp "$AGENT/index" "$VAULT/index" || fail 'cp'
            if [ "$tree" != "$BASE_TREE" ]; then
                GIT_DIR=$AGENT GIT_ALTERNATE_OBJECT_DIRECTORIES=$VAULT/objects git read-tree -m "$BASE_TREE" \\
                    || fail 'read-tree'
            fi
            emit tree "$tree"; emit commit "$tip"
            git diff-tree -r --numstat -z --no-renames --no-ext-diff --no-textconv "$BASE_TREE" "$tree" -- || fail 'diff'
            """

    /// Takes a checkpoint.
    ///
    /// Variables: `NUMBER`, `TREE_ID` and `COMMIT` (of the one before), `AGENT_HEAD` (to take over, or empty),
    /// `KNOWN` (commits the vault has), `FOLLOW_INDEX` (whether the agent's index may have changed), `MOVED` (whether
    /// the vault's index may hold something else than `TREE_ID`).
    static let checkpoint =
        StagingScript.text + takeAgentCommits + """

            refs=; changed=$MOVED
            if [ -n "$AGENT_HEAD" ]; then take_agent_commits; fi
            if [ -n "$FOLLOW_INDEX" ]; then follow_agent_index; fi
            read_tree
            if [ -z "$FOLLOW_INDEX" ] && [ -s "$work/ignores" ]; then follow_agent_index; fi
            stage_changes
            tree=$TREE_ID; tip=$COMMIT
            if [ -n "$changed" ]; then tree=$(git write-tree) || fail 'write-tree'; fi
            if [ "$tree" != "$TREE_ID" ]; then
                tip=$(git commit-tree "$tree" -p "$COMMIT" -m "makima checkpoint $NUMBER") || fail 'commit-tree'
                refs="${refs}update refs/heads/checkpoints $tip
            "
            fi
            printf '%supdate refs/makima/checkpoints/%s %s\\n' "$refs" "$NUMBER" "$tip" | git update-ref --stdin \\
                || fail 'update-ref'
            emit tree "$tree"; emit commit "$tip"
            [ ! -s "$work/nested" ] || cat "$work/nested"
            [ ! -s "$work/left" ] || cat "$work/left"
            [ ! -s "$work/closed" ] || cat "$work/closed"
            [ "$tree" = "$TREE_ID" ] || exec git diff-tree -r --numstat -z --no-renames --no-ext-diff --no-textconv \\
                --ignore-submodules=none "$TREE_ID" "$tree" --
            """

    /// Copies the commits that the agent's HEAD reaches, reading its store of objects but not its configuration.
    ///
    /// `index-pack --strict` checks every object and that all they name is there, without the agent's store.
    private static let takeAgentCommits = """

        take_agent_commits() {
            if printf '%s\\n' "$AGENT_HEAD" $KNOWN | GIT_ALTERNATE_OBJECT_DIRECTORIES=$AGENT/objects \\
                    git pack-objects -q --revs --stdout --delta-base-offset 2>"$work/errors" \\
                    | git index-pack --strict --stdin >"$work/pack" 2>>"$work/errors" \\
                    && git update-ref refs/heads/agent "$AGENT_HEAD" 2>>"$work/errors"; then
                emit agent "$AGENT_HEAD"; emit agenttree "$(git rev-parse "$AGENT_HEAD^{tree}")"
            else
                emit agent bad
            fi
        }
        """

    /// Looks what the vault holds, and brings its index in line with its last commit after a crash.
    static let inspect = """
        tip=$(git rev-parse --verify refs/heads/checkpoints) || exit 1
        tree=$(git rev-parse --verify "$tip^{tree}") || exit 1
        printf 'commit=%s\\0tree=%s\\0' "$tip" "$tree"
        [ ! -f "$VAULT/index" ] && [ -z "$(git ls-tree "$tree" | head -c 1)" ] || git read-tree -m "$tree" || exit 1
        exec git for-each-ref --format='ref=%(refname) %(objectname)%00' refs/heads/agent refs/makima/checkpoints
        """

    /// Makes the files those of the commit `TARGET`; what is not in the vault's index stays.
    static let restore = """
        exec git -c checkout.workers=0 read-tree -u --reset "$TARGET"
        """

    /// Lists the paths that differ between the trees `FROM` and `TO` and match the pathspecs in the arguments.
    static let changedPaths = """
        exec git diff-tree -r -z --name-only --no-renames --ignore-submodules=none "$FROM" "$TO" -- "$@"
        """

    static let changeSize = """
        exec git diff-tree -r -z --numstat --no-renames --no-ext-diff --no-textconv --ignore-submodules=none \\
            "$FROM" "$TO" --
        """

    /// Lists untracked files with the ignore rule that leaves them out: source, line, pattern, path.
    static let ignoredFiles = """
        git ls-files -z --others --ignored --exclude-standard --directory | git check-ignore -z -v --stdin
        [ $? -le 1 ]
        """

    /// Answers a fetch from the vault at the path in the first argument.
    static let uploadPack = """
        exec git upload-pack "$1"
        """

    /// Prints the bytes that the objects of `NEW` take which `KNOWN` does not have.
    static let measure = """
        printf 'bytes=%s\\0' "$(git rev-list --objects --disk-usage $NEW --not $KNOWN)"
        """

    /// Fills a clean checkout of `COMMIT`.
    ///
    /// Its git directory gets the objects that the user's repository lacks.
    static let checkOut = """
        printf '%s\\n' "$COMMIT" $KNOWN | git pack-objects -q --revs --stdout --delta-base-offset \\
            | GIT_DIR=$AGENT git index-pack --stdin >/dev/null || exit 1
        export GIT_DIR="$AGENT"
        git -c checkout.workers=0 read-tree -u --reset "$COMMIT" || exit 1
        git update-ref --no-deref HEAD "$COMMIT" || exit 1
        printf 'tree=%s\\0' "$(git rev-parse --verify "HEAD^{tree}")"
        """

    /// Gives the agent's new git directory the commits it had, and an index; the files stay as they are.
    static let rebuildAgentGit = """
        if [ -n "$COMMIT" ]; then
            printf '%s\\n' "$COMMIT" $KNOWN | git pack-objects -q --revs --stdout --delta-base-offset \\
                | GIT_DIR=$AGENT git index-pack --stdin >/dev/null || exit 1
            export GIT_DIR="$AGENT"
            git update-ref HEAD "$COMMIT" && exec git read-tree "$COMMIT"
        fi
        """
}
