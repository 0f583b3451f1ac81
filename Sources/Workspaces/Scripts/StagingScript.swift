/// Shell functions that bring an index of the vault in line with a tree of files.
///
/// They run in the sandbox, in the tree, with the vault as `GIT_DIR`: the configuration that git reads is makima's own.
/// The agent's configuration is never read, so nothing the agent wrote can run while the vault is writable. What
/// belongs to the tree: files that the agent's index has (also ignored ones), and untracked files that are not ignored.
///
/// Variables: `VAULT`, `TREE_ID` (what the index holds at the start), `AGENT` (the agent's git directory).
enum StagingScript {
    static let text = """
        set -u
        work=$VAULT/makima
        changed=
        fail() { printf '%s\\n' "$1" >&2; exit 1; }
        \(emitRecord)
        \(readTree)
        \(stageChanges)
        \(stageOneByOne)
        \(followAgentIndex)
        \(dropIgnored)
        """

    private static let emitRecord = """
        emit() { printf '%s=%s\\0' "$1" "$2"; }
        """

    /// Lists what differs between the index and the files.
    ///
    /// What differs between the last commit and the index only (no second letter) is left out. A path with `/` at its end
    /// is a repository: its files cannot be staged. Submodules are ignored, because git would start itself in them, with
    /// their configuration.
    private static let readTree = """
        read_tree() {
            : >"$work/nested"; : >"$work/ignores"; : >"$work/closed"
            git -c core.checkStat=default status --porcelain=v1 -z --no-renames --no-ahead-behind \\
                --untracked-files=all --ignore-submodules=all >"$work/status" 2>"$work/errors" \\
                || { cat "$work/errors" >&2; fail 'status'; }
            # A directory that cannot be looked into is a warning to git; its files would be missed without a word.
            if [ -s "$work/errors" ]; then
                sed -n "s/^warning: could not open directory '\\(.*\\)': .*/left=\\1/p" <"$work/errors" | tr '\\n' '\\0' \\
                    >"$work/closed"
            fi
            [ -s "$work/status" ] || { : >"$work/paths"; return; }
            sed -z -n -e '/^. /d' -e '/\\/$/{
        s/^.../nested=/
        w '"$work/nested"'
        d
        }' -e '/[ \\/]\\.gitignore$/w '"$work/ignores" -e 's/^...//p' <"$work/status" >"$work/paths" || fail 'sed'
        }
        """

    private static let stageChanges = """
        stage_changes() {
            : >"$work/left"
            [ -s "$work/paths" ] || return 0
            changed=1
            git update-index --add --remove --replace -z --stdin <"$work/paths" 2>"$work/errors" || stage_one_by_one
        }
        """

    /// For what `update-index` refuses as a whole: unreadable files, and files that vanished behind a new link.
    private static let stageOneByOne = """
        stage_one_by_one() {
            sed -z -n 's/^.D //p' <"$work/status" | git update-index --force-remove -z --stdin || fail 'update-index'
            sed -z -n -e '/^.[D ] /d' -e '/\\/$/d' -e 's/^...//p' <"$work/status" | xargs -0 -r -n 64 sh -c '
                git update-index --add --remove --replace -- "$@" 2>/dev/null && exit 0
                for path do
                    git update-index --add --remove --replace -- "$path" 2>/dev/null || printf "left=%s\\\\0" "$path"
                done' sh >"$work/left"
        }
        """

    /// Takes over what only the agent's index knows: ignored files that it added, and gitlinks.
    ///
    /// The index is data here; git reads it with the vault's configuration.
    private static let followAgentIndex = """
        follow_agent_index() {
            [ -f "$AGENT/index" ] || return 0
            GIT_INDEX_FILE=$AGENT/index git diff-index --cached --raw -z --no-abbrev --no-renames \\
                --ignore-submodules=none "$TREE_ID" -- >"$work/index-diff" 2>"$work/errors" || { emit index bad; return 0; }
            [ -s "$work/index-diff" ] || return 0
            changed=1
            sed -z -n 'N;s/^:160000 000000 [0-9a-f]* \\([0-9a-f]*\\) [A-Z]./0 \\1\\t/p' <"$work/index-diff" >"$work/gitlinks"
            sed -z -n 'N;s/^:[0-7]* 160000 [0-9a-f]* \\([0-9a-f]*\\) [A-Z]./160000 \\1\\t/p' \\
                <"$work/index-diff" >>"$work/gitlinks"
            if [ -s "$work/gitlinks" ]; then
                git update-index --replace -z --index-info <"$work/gitlinks" || emit index bad
            fi
            sed -z -n 'N;s/^:[01][06]0000 1[02][0-7]* [0-9a-f]* [0-9a-f]* [AT].//p' <"$work/index-diff" >"$work/added"
            if [ -s "$work/added" ]; then
                git update-index --add --remove --replace -z --stdin <"$work/added" 2>"$work/errors" || emit index bad
            fi
            drop_ignored
        }
        """

    /// Takes out files that are ignored by now and that the agent does not track.
    private static let dropIgnored = """
        drop_ignored() {
            sed -z -n 'N;s/^:1[02][0-7]* 000000 [0-9a-f]* [0-9a-f]* D.//p' <"$work/index-diff" >"$work/untracked"
            [ -s "$work/untracked" ] || return 0
            git check-ignore -z --stdin --no-index <"$work/untracked" >"$work/dropped"
            [ -s "$work/dropped" ] || return 0
            git update-index --force-remove -z --stdin <"$work/dropped" || fail 'update-index'
        }
        """
}
