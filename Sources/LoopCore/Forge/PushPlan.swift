package import Domain

/// Decides how a commit may come to a branch at a remote: nothing of anybody else's is ever overwritten.
///
/// at the remote             pushed before    then
/// nothing                   never            push, if there is still nothing
/// nothing                   once             refused: somebody deleted it
/// the commit itself         any              nothing
/// a commit of makima's own  once             push, if that one is still there
/// another commit            never            refused: the name is taken
/// another commit            once             refused: somebody moved it
package enum PushPlan: Hashable, Sendable {
    /// Push where the branch is at `lease` when the push arrives; `nil` is where there is no such branch.
    case push(lease: CommitID?)
    case upToDate
    case taken
    case moved

    /// `tip` is where the branch is at the remote, `own` are the commits that makima pushed or began to push.
    package static func decide(_ commit: CommitID, tip: CommitID?, own: ForgeRecord) -> PushPlan {
        guard let tip else { return own.pushed == nil ? .push(lease: nil) : .moved }
        if tip == commit { return .upToDate }
        if own.own.contains(tip) { return .push(lease: tip) }
        return own.pushed == nil ? .taken : .moved
    }
}
