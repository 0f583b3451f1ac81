import Domain

extension Notifier {
    /// Sends a test to a target, once, and returns what came of it; it is neither counted nor remembered.
    package static func test(_ route: Route, in surroundings: Surroundings) async -> Delivery {
        let now = surroundings.wallClock.now()
        return await route.sender.send(.test(of: route.target, at: now, from: surroundings.origin), at: now)
    }
}
