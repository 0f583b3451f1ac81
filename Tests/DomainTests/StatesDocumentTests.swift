import Domain
import TestSupport
import Testing

/// `docs/STATES.md` is drawn by hand: this holds it to what the program does.
struct StatesDocumentTests {
    @Test func theFirstPictureIsWhatMayFollow() throws {
        let pictured = try Self.firstPicture()
        var allowed: Set<[String]> = [["[*]", TaskStatus.pending.rawValue]]
        for status in TaskStatus.allCases {
            if status.successors.isEmpty { allowed.insert([status.rawValue, "[*]"]) }
            for successor in status.successors { allowed.insert([status.rawValue, successor.rawValue]) }
        }
        #expect(Set(pictured).subtracting(allowed) == [], "pictured, but not allowed")
        #expect(allowed.subtracting(pictured) == [], "allowed, but not pictured")
        #expect(Set(pictured).count == pictured.count, "an arrow is drawn twice")
    }

    @Test func whatAReasonStopsInIsReachedFromAnActiveStatus() {
        let stops = TaskStatus.allCases.filter { !$0.isActive && $0 != .pending }
        for stop in stops {
            #expect(
                TaskStatus.allCases.contains { $0.isActive && $0.successors.contains(stop) },
                "nothing leads to \(stop)"
            )
        }
    }

    @Test func whatMayBeResumedMayBeginAgain() {
        for status in TaskStatus.allCases where !status.isActive {
            // What is done goes on for its contract only, and by nobody's resume.
            let mayGoOn = status.isResumable || status == .done
            #expect(mayGoOn == status.successors.contains(.initializing), "\(status)")
        }
    }

    @Test func readsTheOlderSpellingOfDone() {
        #expect(TaskStatus(wireName: "completed") == .done)
        #expect(TaskStatus(wireName: "unheard_of") == nil)
        for status in TaskStatus.allCases { #expect(TaskStatus(wireName: status.rawValue) == status) }
    }

    /// The arrows of the document's first diagram, each as the names at its two ends.
    private static func firstPicture() throws -> [[String]] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try #require(TestFiles.read("/\(root)/docs/STATES.md"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let picture = lines.drop { $0 != "```mermaid" }.dropFirst(2).prefix { $0 != "```" }
        return picture.map { line in
            line.split(separator: " ").map(String.init).filter { $0 != "-->" }
        }
    }
}
