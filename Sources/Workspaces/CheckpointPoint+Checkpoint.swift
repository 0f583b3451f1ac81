package import Domain

extension CheckpointPoint {
    package init(_ checkpoint: Checkpoint) {
        self.init(number: checkpoint.number, commit: checkpoint.commit, tree: checkpoint.tree)
    }
}
