import FoundationEssentials
import Settings
import Testing

struct ReferenceTests {
    /// `docs/CONFIGURATION.md` beside this test's package.
    private var path: String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/docs/CONFIGURATION.md"
    }

    @Test func theDocumentIsTheOneThatTheListOfSettingsWrites() throws {
        let written = ConfigurationReference.markdown()
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(written.utf8).write(to: URL(filePath: path))
        }
        let kept = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(kept == written, "Run the tests with UPDATE_SNAPSHOTS=1 to write docs/CONFIGURATION.md anew.")
    }
}
