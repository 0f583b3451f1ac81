/// Lets the dispatcher look again when time alone may have made a task ready: its time has come, a daemon that could not
/// take it may be asked again, or the one with its repository was waited for long enough.
struct WaitScheduler: Sendable {
    let dispatch: DispatchService
    let surroundings: Surroundings
    /// How late a task may begin for it.
    var step = Duration.seconds(1)

    func run() async {
        while true {
            dispatch.bell.ring()
            do {
                try await surroundings.clock.sleep(for: step)
            } catch { return }
        }
    }
}
