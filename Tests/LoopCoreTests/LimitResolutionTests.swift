import LoopCore
import Testing

struct LimitResolutionTests {
    @Test func theSmallerOfWishAndCeilingHolds() throws {
        #expect(try LimitResolution.maxIterations(wish: 80, default: 10, ceiling: 50) == 50)
    }
}
