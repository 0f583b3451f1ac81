import Domain
import Testing

struct NetworkModeTests {
    /// What is seen where the task has the first and a check asks for the second.
    @Test(arguments: [
        (NetworkMode.full, nil as NetworkMode?, NetworkMode.full), (.full, .full, .full),
        (.full, .allowlist, .allowlist),
        (.full, NetworkMode.none, .none), (.allowlist, nil, .allowlist), (.allowlist, .full, .allowlist),
        (.allowlist, .allowlist, .allowlist), (.allowlist, NetworkMode.none, .none), (.none, nil, .none),
        (.none, .full, .none), (.none, .allowlist, .none), (.none, NetworkMode.none, .none),
    ])
    func nobodyGetsMore(task: NetworkMode, wish: NetworkMode?, seen: NetworkMode) {
        #expect(task.narrowed(to: wish) == seen)
    }
}
