/// The shell scripts that put the work of several tasks on top of each other.
enum IntegrationScript {
    /// Puts one work on top of `ONTO`, as one commit, or says why not.
    ///
    /// Variables: `TREE_ID` and `PARENTS` are what the work is; where `WORK` is not empty, it is that commit. `TASK` is whose it
    /// is. Arguments: pathspecs of the only paths that it may change, where there are any. Standard input: the message.
    ///
    /// Both what the work changes and what merging it changes in the branch must be inside: where the work and the branch have
    /// several merge bases, the work is compared with the first of them only, and git merges with all.
    ///
    /// The work may be in the branch though it is in conflict with it now: then the commit that brought it says so. Else the latest
    /// `RIVALS` commits are named that changed the same paths of the branch since the work left it.
    static let combine = """
        room=$(mktemp -d) || exit 1
        trap 'rm -rf "$room"' EXIT
        cat >"$room/message" || exit 1
        confine() {
            from=$1 to=$2
            shift 2
            git diff-tree -r -z --name-only --no-renames --ignore-submodules=none "$from" "$to" >"$room/changed" || exit 1
            git diff-tree -r -z --name-only --no-renames --ignore-submodules=none "$from" "$to" -- "$@" >"$room/allowed" \\
                || exit 1
            if cmp -s "$room/changed" "$room/allowed"; then return; fi
            printf 'state=outside\\0'
            sed -z 's/^/changed=/' <"$room/changed" && sed -z 's/^/allowed=/' <"$room/allowed"
            exit
        }
        if [ -z "$WORK" ]; then
            parents=
            for parent in $PARENTS; do parents="$parents -p $parent"; done
            WORK=$(git commit-tree $parents -m work "$TREE_ID") || exit 1
        fi
        base=$(git merge-base "$ONTO" "$WORK")
        case $? in 0) known=^$base ;; 1) base=$EMPTY_TREE known= ;; *) exit 1 ;; esac
        if [ "$base" = "$WORK" ]; then printf 'state=present\\0'; exit 0; fi
        [ $# -eq 0 ] || confine "$base" "$WORK" "$@"
        git merge-tree --write-tree -z --name-only --no-messages --allow-unrelated-histories "$ONTO" "$WORK" >"$room/merged"
        case $? in
        0) ;;
        1)
            git log --format='%(trailers:key=Makima-Task,valueonly,separator=%x20) %(trailers:key=Makima-Work,valueonly,separator=%x20)' \\
                "$ONTO" $known -- >"$room/log" || exit 1
            if grep -qxF "$TASK $TREE_ID" "$room/log"; then printf 'state=present\\0'; exit 0; fi
            printf 'state=conflict\\0'
            sed -z -e 1d -e 's/^/conflict=/' <"$room/merged"
            sed -z 1d <"$room/merged" | head -z -n 50 | GIT_LITERAL_PATHSPECS=1 xargs -0 git log -z --max-count="$RIVALS" \\
                --format='rival=%H %(trailers:key=Makima-Task,valueonly,separator=%x20)' "$ONTO" $known --
            exit
            ;;
        *) exit 1 ;;
        esac
        tree=$(tr '\\0' '\\n' <"$room/merged" | head -n 1)
        if [ "$tree" = "$(git rev-parse --verify "$ONTO^{tree}")" ]; then printf 'state=present\\0'; exit 0; fi
        [ $# -eq 0 ] || confine "$ONTO" "$tree" "$@"
        commit=$(git commit-tree "$tree" -p "$ONTO" -F "$room/message") || exit 1
        printf 'state=fits\\0commit=%s\\0' "$commit"
        """

    /// Names the commit that the branch is to have: `CHAIN`, or a merge of it into `ONTO` where `IS_MERGE` is not empty.
    ///
    /// Standard input: the message of the merge.
    static let finish = """
        commit=$CHAIN
        if [ -n "$IS_MERGE" ]; then
            commit=$(git commit-tree "$CHAIN^{tree}" -p "$ONTO" -p "$CHAIN" -F -) || exit 1
        fi
        git update-ref refs/makima/result "$commit" || exit 1
        printf 'commit=%s\\0tree=%s\\0' "$commit" "$(git rev-parse --verify "$commit^{tree}")"
        """
}
