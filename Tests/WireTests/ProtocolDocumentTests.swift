import FoundationEssentials
import Testing
import Wire

struct ProtocolDocumentTests {
    /// `docs/PROTOCOL.md` beside this test's package.
    private var path: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/PROTOCOL.md"
    }

    @Test func theDocumentIsTheOneThatTheMessagesWrite() throws {
        let written = try ProtocolDocument.markdown()
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(written.utf8).write(to: URL(filePath: path))
        }
        let kept = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(kept == written, "Run the tests with UPDATE_SNAPSHOTS=1 to write docs/PROTOCOL.md anew.")
    }
}
