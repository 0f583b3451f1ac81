import Testing

@testable import Runner

struct StopRequestsTests {
    private func heard(_ wishes: (StopRequests) -> Void) async -> [StopRequest] {
        let stops = StopRequests()
        wishes(stops)
        stops.finish()
        return await stops.stream.reduce(into: []) { $0.append($1) }
    }

    @Test func theFirstIsWhatItSaysAndTheSecondIsForced() async {
        #expect(
            await heard {
                $0.request()
                $0.request()
            } == [.gentle, .forced]
        )
        #expect(
            await heard {
                $0.requestPause()
                $0.requestPause()
            } == [.pause, .forced]
        )
    }

    @Test func aForcedOneNeedsNoneBeforeIt() async {
        #expect(await heard { $0.requestForced() } == [.forced])
    }
}
