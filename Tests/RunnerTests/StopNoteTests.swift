import Domain
import Glibc
import TestSupport
import Testing

@testable import Runner

struct StopNoteTests {
    private let directory = TemporaryDirectory()
    private let clock = ManualWallClock()

    private var note: StopNote { StopNote(of: TaskDirectory(root: directory.path), at: clock) }

    @Test func aWishStandsSinceItWasFirstHeard() {
        let first = clock.now()
        note.note(.gentle)
        clock.set(first + .seconds(5))
        note.note(.pause)
        #expect(note.read(of: getpid()) == StopWish(request: .gentle, at: first))
        note.note(.forced)
        clock.set(first + .seconds(9))
        note.note(.forced)
        #expect(note.read(of: getpid()) == StopWish(request: .forced, at: first + .seconds(5)))
        note.remove()
        #expect(note.read(of: getpid()) == nil)
    }

    /// One that died over it has left its note: the run that goes on was asked nothing.
    @Test func whatAnotherProcessHeardSaysNothing() {
        note.note(.gentle)
        #expect(note.read(of: getpid() + 1) == nil)
    }
}
