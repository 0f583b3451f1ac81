import Domain
import Testing

@testable import Commands

struct LogLineTests {
    @Test func aLineIsOneObjectWithWhatProgramsLookForFirst() {
        let line = LogLine(
            .warning,
            .daemon,
            event: "report_held_up",
            "What task a has to report is held up: \"no\nspace\"",
            fields: [("task.id", .string("a"))]
        )
        let text = JSONWriter.write(line.json(at: Timestamp(millisecondsSince1970: 0)))
        #expect(
            text
                == #"""
                {"at":"1970-01-01T00:00:00Z","level":"warning","part":"daemon","event":"report_held_up",\
                "message":"What task a has to report is held up: \"no\nspace\"","task.id":"a"}
                """#
                .replacing("\\\n", with: "")
        )
    }
}
