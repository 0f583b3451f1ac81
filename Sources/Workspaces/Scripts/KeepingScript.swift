/// The shell script that takes over what of the agent's git directory is nowhere else.
enum KeepingScript {
    /// Takes over what the objects on standard input reach in the agent's store, and lets references name it.
    ///
    /// Lines are `ref ID` for what a reference names and `log ID` for what a log does. Those of the logs that nothing else
    /// reaches are the parents of one commit, however many they are; one that git has thrown away already is no loss.
    /// Prints what must be named for all to be reachable (`kept`), or what cannot be taken (`refused`). The agent's store is
    /// read, its configuration is not; `index-pack --strict` checks every object and that all they name is there, without
    /// that store.
    static let keepObjects = #"""
        room=$(mktemp -d) || exit 1
        trap 'rm -rf "$room"' EXIT
        lend() { GIT_ALTERNATE_OBJECT_DIRECTORIES="$AGENT/objects" git "$@"; }
        refuse() { sed 's/^/refused=/' | tr '\n' '\0'; exit 0; }
        # Prints the commits of a list with parents that are no parent of another.
        tips() {
            cut -d ' ' -f 1 "$1" | sort >named
            cut -s -d ' ' -f 2- "$1" | tr ' ' '\n' | sort -u >parents
            comm -23 named parents
        }
        cd "$room" && cat >input || exit 1
        sed -n 's/^ref //p' input >objects
        sed -n 's/^log //p' input >logged
        git for-each-ref --format='^%(objectname)' refs/heads refs/makima/checkpoints >known || exit 1
        lend cat-file --batch-check='%(objecttype) %(objectname)' <objects >types || exit 1
        sed -n 's/ missing$//p' types >missing
        [ ! -s missing ] || refuse <missing
        sed -n 's/^commit //p' types >commits
        sed -n '/^commit /d; s/^[a-z]* //p' types | git cat-file --batch-check | sed -n 's/ missing$//p' >kept
        cat commits known | lend rev-list --parents --stdin >new || refuse <commits
        tips new >>kept
        lend cat-file --batch-check='%(objecttype) %(objectname)' <logged >types || exit 1
        sed -n 's/^commit //p' types >passed
        { cat passed known; sed 's/^/^/' commits; } | lend rev-list --parents --stdin >new || refuse <passed
        tips new >lost
        [ -s kept ] || [ -s lost ] || exit 0
        cat kept lost known | lend pack-objects -q --revs --stdout --delta-base-offset \
            | git index-pack --strict --stdin >pack || { cat kept lost | refuse; exit 0; }
        if [ -s lost ]; then
            who=$(git var GIT_COMMITTER_IDENT) && tree=$(git mktree </dev/null) || exit 1
            {
                printf 'tree %s\n' "$tree"
                sed 's/^/parent /' lost
                printf 'author %s\ncommitter %s\n\n%s\n' "$who" "$who" 'Commits that only the agent'\''s reflogs named'
            } | git hash-object -t commit -w --stdin >>kept || exit 1
        fi
        number=0
        while read -r object; do
            number=$((number + 1))
            printf 'update refs/makima/kept/%s %s\n' "$number" "$object"
        done <kept >changes
        git update-ref --stdin <changes || exit 1
        sed 's/^/kept=/' kept | tr '\n' '\0'
        """#
}
