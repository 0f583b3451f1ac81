import Domain

/// The lines of shell that ``Staging`` has a ``VaultKeeper`` run.
///
/// Lists of paths are in files of the directory `$work`.
enum StagingScript {
    /// Submodules are ignored, because git would start itself in them, with their configuration.
    static let status = """
        git -c core.checkStat=default status --porcelain=v1 -z --no-renames --no-ahead-behind --untracked-files=all \
        --ignore-submodules=all
        """

    /// The same on an index that somebody else wrote, and whose cache of untracked files may be wrong.
    static func uncachedStatus(keepsIndex: Bool) -> String {
        "git \(keepsIndex ? "--no-optional-locks " : "")-c core.untrackedCache=false \(status.dropFirst("git ".count))"
    }

    static func stage(_ list: String) -> String {
        #"git update-index --add --remove --replace -z --stdin <"$work/\#(list)""#
    }

    static func stageEntries(_ list: String) -> String {
        #"git update-index --replace -z --index-info <"$work/\#(list)""#
    }

    static func remove(_ list: String) -> String {
        #"git update-index --force-remove -z --stdin <"$work/\#(list)""#
    }

    /// Needs the lists `gone` and `present`.
    static let stageOneByOne = "stage_one_by_one"

    static let writeTree = "git write-tree"

    static func compareAgentIndex(with tree: TreeID) -> String {
        """
        GIT_INDEX_FILE="$AGENT/index" git diff-index --cached --raw -z --no-abbrev --no-renames \
        --ignore-submodules=none \(tree) --
        """
    }

    /// Its status is 1 when nothing is ignored.
    static func ignored(_ list: String) -> String {
        #"git check-ignore -z --stdin --no-index <"$work/\#(list)""#
    }

    /// Lists untracked files with the ignore rule that leaves them out: source, line, pattern, path.
    static let ignoredFiles = """
        git ls-files -z --others --ignored --exclude-standard --directory >"$work/ignored" \
        && { git check-ignore -z -v --stdin <"$work/ignored"; [ $? -le 1 ]; }
        """

    /// Takes over the agent's commits that `head` reaches and `known` do not, and prints the tree of `head`.
    static func takeAgentCommits(_ head: CommitID, known: [CommitID]) -> String {
        (["take_agent_commits \(head)"] + known.map { "^\($0)" }).joined(separator: " ")
    }
}
