import Domain
import Testing

@testable import Workspaces

struct IndexSettlingTests {
    private func second(_ number: Int) -> Timestamp { Timestamp(millisecondsSince1970: Int64(number) * 1000 + 999) }

    @Test func isSettledByALookInALaterSecond() {
        var settling = IndexSettling()
        settling.note(lookAt: 10, at: second(10))
        #expect(!settling.isSettled)
        settling.note(lookAt: 10, at: second(11))
        #expect(settling.isSettled)
    }

    @Test func isNotSettledByALookWithoutIndex() {
        var settling = IndexSettling()
        settling.note(lookAt: nil, at: second(11))
        #expect(!settling.isSettled)
    }

    @Test(arguments: [(100, true), (101, false)])
    func staysSettledWhenFewFilesCome(_ count: Int, _ isSettled: Bool) {
        var settling = IndexSettling()
        settling.note(lookAt: 10, at: second(11))
        settling.note(staged: count)
        #expect(settling.isSettled == isSettled)
    }
}
