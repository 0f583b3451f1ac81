/// The shell scripts that turn the last checkpoint into commits for the user.
enum OutcomeScript {
    /// Makes the commit that a branch is to have.
    ///
    /// The agent's own commits are kept where they descend from the base; what it did not commit comes in one more.
    /// Variables: `BASE`, `AGENT_HEAD` (either may be empty), `TREE_ID`, `EMPTY_TREE`. Standard input: the message.
    static let result = """
        parent=$BASE
        if [ -n "$AGENT_HEAD" ]; then
            if [ -z "$BASE" ] || git merge-base --is-ancestor "$BASE" "$AGENT_HEAD"; then parent=$AGENT_HEAD; fi
        fi
        tree=$EMPTY_TREE
        if [ -n "$parent" ]; then tree=$(git rev-parse --verify "$parent^{tree}") || exit 1; fi
        commit=$parent
        if [ "$tree" != "$TREE_ID" ]; then
            commit=$(git commit-tree "$TREE_ID" ${parent:+-p "$parent"} -F -) || exit 1
        fi
        if [ "$commit" = "$BASE" ]; then exit 0; fi
        git update-ref refs/makima/result "$commit" || exit 1
        printf 'commit=%s\\0' "$commit"
        """

    /// Rebases `COMMIT` (on `BASE`, which may be empty) onto `ONTO`, or finds that nothing is to be done.
    ///
    /// The rebase is git's own, in a repository for the moment that writes its objects into the vault. Its checkout is
    /// empty (sparse): only files in conflict are ever written.
    static let rebase = """
        if git merge-base --is-ancestor "$COMMIT" "$ONTO"; then printf 'state=done\\0'; exit 0; fi
        result=$COMMIT
        if ! git merge-base --is-ancestor "$ONTO" "$COMMIT"; then
            room=$(mktemp -d) || exit 1
            trap 'rm -rf "$room"' EXIT
            mkdir "$room/tree" || exit 1
            export GIT_OBJECT_DIRECTORY="$VAULT/objects" GIT_DIR="$room/git" GIT_WORK_TREE="$room/tree"
            git init -q --template= "$room/tree" || exit 1
            mkdir -p "$GIT_DIR/info" && printf '!/*\\n' >"$GIT_DIR/info/sparse-checkout" || exit 1
            cd "$room/tree" || exit 1
            for setting in core.sparseCheckout=true core.sparseCheckoutCone=false core.hooksPath=/dev/null gc.auto=0 \\
                    maintenance.auto=false commit.gpgSign=false advice.detachedHead=false; do
                git config "${setting%%=*}" "${setting#*=}" || exit 1
            done
            git update-ref --no-deref HEAD "$COMMIT" && git read-tree -m -u "$COMMIT" || exit 1
            from=--root
            if [ -n "$BASE" ]; then from=$BASE; fi
            if ! git rebase -q --no-autostash --no-fork-point --empty=drop --onto "$ONTO" "$from" >&2; then
                git diff --name-only --diff-filter=U -z | sed -z 's/^/conflict=/'
                git rev-parse --verify -q REBASE_HEAD >/dev/null || exit 1
                exit 0
            fi
            result=$(git rev-parse --verify HEAD) || exit 1
            unset GIT_OBJECT_DIRECTORY GIT_WORK_TREE
            export GIT_DIR="$VAULT"
        fi
        if [ "$result" = "$ONTO" ]; then printf 'state=done\\0'; exit 0; fi
        git update-ref refs/makima/result "$result" || exit 1
        printf 'commit=%s\\0tree=%s\\0' "$result" "$(git rev-parse --verify "$result^{tree}")"
        """
}
