/// The shell scripts that work on the vault; each runs once in the sandbox and prints `name=value` records ending in NUL.
enum VaultScript {
    /// Fills a new workspace with the files of `TREE_ID`; the agent's index is then that of `BASE_TREE`.
    ///
    /// The agent's git directory is still as makima wrote it.
    static let populate = """
        cd "$TREE" || exit 1
        export GIT_DIR="$AGENT" GIT_ALTERNATE_OBJECT_DIRECTORIES="$VAULT/objects"
        git -c checkout.workers=0 read-tree -u --reset "$TREE_ID" || exit 1
        cp "$AGENT/index" "$VAULT/index" || exit 1
        [ "$TREE_ID" = "$BASE_TREE" ] || exec git read-tree -m "$BASE_TREE"
        """

    /// Looks what the vault holds, and brings its index in line with its last commit after a crash.
    ///
    /// The cache of untracked files is dropped: nobody knows any more when the last look at the files was. Where the
    /// user's repository, which the vault borrows from, has not the commit `BASE`, it says only so.
    static let inspect = """
        if [ -n "$BASE" ]; then
            git cat-file -e "$BASE"
            case $? in 0) ;; 1) printf 'missing=%s\\0' "$BASE"; exit ;; *) exit 1 ;; esac
        fi
        last=$(git for-each-ref --count=1 --sort=-version:refname --format='%(refname)' refs/makima/checkpoints)
        tip=$(git rev-parse --verify "$last") && git update-ref refs/heads/checkpoints "$tip" || exit 1
        tree=$(git rev-parse --verify "$tip^{tree}") || exit 1
        printf 'commit=%s\\0tree=%s\\0' "$tip" "$tree"
        if [ -f "$VAULT/index" ] || [ -n "$(git ls-tree "$tree" | head -c 1)" ]; then
            git -c core.untrackedCache=false read-tree -m "$tree" || exit 1
        fi
        exec git for-each-ref --format='ref=%(refname) %(objectname)%00' \\
            refs/heads/agent refs/makima/checkpoints refs/makima/heavy
        """

    /// Makes the files those of the commit `TARGET`; what is not in the vault's index stays.
    static let restore = """
        exec git -c checkout.workers=0 read-tree -u --reset "$TARGET"
        """

    /// Lists the paths that differ between the trees `FROM` and `TO` and match the pathspecs in the arguments.
    static let changedPaths = """
        exec git diff-tree -r -z --name-only --no-renames --ignore-submodules=none "$FROM" "$TO" -- "$@"
        """

    /// Lists the files of `TREE_ID` that match the pathspecs in the arguments and are not, byte for byte, what a checkout
    /// writes.
    static let convertedPaths = #"""
        room=$(mktemp -d) || exit 1
        trap 'rm -rf "$room"' EXIT
        export room GIT_INDEX_FILE="$room/index"
        git read-tree "$TREE_ID" && git ls-files -z -- "$@" >"$room/paths" || exit 1
        git checkout-index -q -z --stdin --prefix="$room/files/" <"$room/paths" || exit 1
        xargs -0 -r -n 500 sh -c '
            for path do
                own=$room/files/$path
                if [ -h "$own" ] || [ -h "$path" ]; then
                    [ "$(readlink -- "$own"; echo .)" = "$(readlink -- "$path"; echo .)" ] && continue
                elif [ -f "$path" ] && cmp -s -- "$own" "$path"; then continue
                fi
                printf "%s\0" "$path"
            done' sh <"$room/paths"
        """#

    /// Lists the submodules of the tree `TREE_ID` as `git ls-tree` does.
    static let gitlinks = """
        list=$(mktemp) && git ls-tree -r -z --full-tree "$TREE_ID" >"$list" || exit 1
        grep -z '^160000 ' <"$list"
        [ $? -le 1 ] && rm -f "$list"
        """

    /// Lists the untracked files that git ignores, without those that match the pathspecs in the arguments.
    ///
    /// Writes nothing. Git only warns of a directory that it cannot read; here that is an error.
    static let ignoredFiles = """
        exec 3>&1
        said=$(git ls-files -z --others --ignored --exclude-standard -- "$@" 2>&1 >&3) && [ -z "$said" ] && exit
        printf '%s\\n' "$said" >&2
        exit 1
        """

    /// Answers a fetch from the vault at the path in the first argument.
    static let uploadPack = """
        exec git upload-pack "$1"
        """

    /// Prints the bytes that the objects take which the revisions on standard input reach.
    static let measure = """
        printf 'bytes=%s\\0' "$(git rev-list --objects --disk-usage --stdin)"
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
