import Store

/// Lets those look who may have something to do after a change of the store.
struct ChangeRouter: Sendable {
    let changes: ChangeFeed
    let dispatch: DispatchService
    let viewers: ViewerHub

    func run() async {
        for await change in changes {
            if change.isListChanged || change.areDaemonsChanged || change.isOverflown { dispatch.bell.ring() }
            viewers.note(change)
        }
    }
}
