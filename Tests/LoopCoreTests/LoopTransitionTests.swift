import Domain
import LoopCore
import TestSupport
import Testing

/// The arrows of the machine: those that `docs/STATES.md` has, and no others.
struct LoopTransitionTests {
    private static let person = LoopMachine.Event.stopRequested
    private static let then = Timestamp(millisecondsSince1970: 1)
    private static let samples: [LoopMachine] = [
        .sample(), .sample(after: .start), .sample(after: .start, person),
        .sample(after: .start, .iterationEnded(.sample(1, .overloaded))), .sample(after: person),
        .sample(.sample(checks: ["a"]), after: .start),
        .sample(.sample(checks: ["a"]), after: .start, .iterationEnded(.sample(1, gate: .ready))),
    ]
    private static let events: [LoopMachine.Event] = [
        .start, .iterationEnded(.sample(1)), .iterationEnded(.sample(1, gate: .ready)),
        .iterationEnded(.sample(1, .overloaded)), .checksEnded(.sample(1, .passed)),
        .checksEnded(.sample(1, .failed(exitCode: 1))), .waitElapsed, person,
        .pauseRequested, .heldBack(AccountHold(.network, from: then, until: then)), .blocked(.question(text: "?")),
        .failed(.internalError(message: "!")),
    ]

    @Test func theArrowsAreThoseOfThePicture() throws {
        var found: Set<[String]> = []
        for machine in Self.samples {
            for event in Self.events {
                var after = machine
                guard !after.handle(event).isEmpty else { continue }
                found.insert([machine.stateName, after.stateName])
            }
        }
        #expect(try found == Self.pictured())
    }

    /// The arrows of the second diagram of `docs/STATES.md`.
    private static func pictured() throws -> Set<[String]> {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try #require(TestFiles.read("/\(root)/docs/STATES.md"))
        let section = try #require(text.split(separator: "## The loop of one run").last)
        let arrows = section.split(separator: "\n").filter { $0.contains(" --> ") }
        return Set(arrows.map { $0.split(separator: " ").map(String.init).filter { $0 != "-->" } })
    }
}

extension LoopMachine {
    fileprivate var stateName: String {
        switch state {
        case .ready: "ready"
        case .iterating: "iterating"
        case .checking: "checking"
        case .waiting: "waiting"
        case .stopping: "stopping"
        case .stopped: "stopped"
        }
    }
}
