import Testing
import Wire

@testable import Daemon

struct OrphanCeilingTests {
    @Test(arguments: [(30, 300, 5, 318), (5, 10, 1, 11), (3, 0, 1, 1)])
    func agentsEndBeforeTheServerGivesTheirTasksAway(_ lease: Int, _ grace: Int, _ heartbeat: Int, _ most: Int) {
        var welcome = Welcome()
        welcome.leaseMilliseconds = .seconds(lease)
        welcome.graceMilliseconds = .seconds(grace)
        welcome.heartbeatMilliseconds = .seconds(heartbeat)
        #expect(OrphanCeiling.duration(after: welcome) == .seconds(most))
    }
}
