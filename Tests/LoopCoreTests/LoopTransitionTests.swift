import Domain
import LoopCore
import Testing

/// The arrows of the machine: those that its states document, and no others.
struct LoopTransitionTests {
    private static let documented: [String: Set<String>] = [
        "ready": ["iterating", "stopped"],
        "iterating": ["iterating", "checking", "waiting", "stopping", "stopped"],
        "checking": ["iterating", "stopping", "stopped"],
        "waiting": ["iterating", "stopped"],
        "stopping": ["stopped"],
        "stopped": [],
    ]

    private static let person = LoopMachine.Event.stopRequested
    private static let samples: [LoopMachine] = [
        .sample(), .sample(after: .start), .sample(after: .start, person),
        .sample(after: .start, .iterationEnded(.sample(1, .overloaded))), .sample(after: person),
        .sample(.sample(checks: ["a"]), after: .start),
        .sample(.sample(checks: ["a"]), after: .start, .iterationEnded(.sample(1, gate: .ready))),
    ]
    private static let events: [LoopMachine.Event] = [
        .start, .iterationEnded(.sample(1)), .iterationEnded(.sample(1, gate: .ready)),
        .iterationEnded(.sample(1, .overloaded)), .checksEnded(.sample(1, .passed)),
        .checksEnded(.sample(1, .failed(exitCode: 1))), .waitElapsed, person, .blocked(.question(text: "?")),
        .failed(.internalError(message: "!")),
    ]

    @Test func theArrowsAreTheDocumentedOnes() {
        var found: [String: Set<String>] = Self.documented.mapValues { _ in [] }
        for machine in Self.samples {
            for event in Self.events {
                var after = machine
                guard !after.handle(event).isEmpty else { continue }
                found[machine.stateName, default: []].insert(after.stateName)
            }
        }
        #expect(found == Self.documented)
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
