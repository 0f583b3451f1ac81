/// What bare git takes for a workspace, for seeing what changed and for keeping it.
struct GitFloors {
    let laboratory: Laboratory
    let repository: Repository

    /// In milliseconds.
    struct Result {
        var worktree: Samples
        var clone: Samples
        var status: Samples
        var checkpoint: Samples
        var checkpointProcessor: Samples
    }

    /// The recipe that gives right answers in all cases: a private index, which is kept.
    private static let checkpointScript = """
        echo "edited $1" >>notes && git add -A && tree=$(git write-tree) \
            && commit=$(git commit-tree "$tree" -p HEAD -m checkpoint) && git update-ref "refs/bench/$1" "$commit"
        """

    func measure(workspaces: Int, repetitions: Int) throws(BenchError) -> Result {
        let worktree = "\(laboratory.place)/worktree"
        let clone = "\(laboratory.place)/clone"
        let add = laboratory.git(["worktree", "add", "--quiet", "--detach", worktree], in: repository.path)
        let share = laboratory.git(
            ["clone", "--quiet", "--shared", "--no-checkout", repository.path, clone],
            in: laboratory.place
        )
        let cloneTimes = try Samples(repetitions) { () throws(BenchError) in
            let taken = try laboratory.seconds(share) * 1000
            try laboratory.remove(clone)
            return taken
        }
        let worktreeTimes = try Samples(workspaces) { () throws(BenchError) in
            try laboratory.remove(worktree)
            try laboratory.git(["worktree", "prune"], in: repository.path).run()
            return try laboratory.seconds(add) * 1000
        }
        let status = laboratory.git(
            ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames"],
            in: worktree
        )
        try status.run()
        let statusTimes = try Samples(repetitions) { () throws(BenchError) in try laboratory.seconds(status) * 1000 }
        let checkpoints = try checkpointTimes(in: worktree, repetitions)
        try laboratory.remove(worktree)
        try laboratory.git(["worktree", "prune"], in: repository.path).run()
        return Result(
            worktree: worktreeTimes,
            clone: cloneTimes,
            status: statusTimes,
            checkpoint: checkpoints.elapsed,
            checkpointProcessor: checkpoints.processor
        )
    }

    private func checkpointTimes(
        in worktree: String,
        _ repetitions: Int
    ) throws(BenchError) -> (elapsed: Samples, processor: Samples) {
        let index = "\(laboratory.place)/private-index"
        try laboratory.shell("cp \"$(git rev-parse --git-path index)\" '\(index)'", in: worktree).run()
        var elapsed: [Double] = []
        var processor: [Double] = []
        // The first one finds what the copied index does not know yet; it is not counted.
        for number in 0...repetitions {
            var program = laboratory.program(
                ["/bin/sh", "-c", Self.checkpointScript, "checkpoint", String(number)],
                in: worktree
            )
            program.environment["GIT_INDEX_FILE"] = index
            let finished = try program.run()
            guard number > 0 else { continue }
            elapsed.append(finished.seconds * 1000)
            processor.append(finished.cpuSeconds * 1000)
        }
        try laboratory.remove(index)
        return (Samples(elapsed), Samples(processor))
    }
}
