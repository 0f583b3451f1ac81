import Foundation
import Testing

/// Compares `text` with the file of that name beside the tests.
///
/// `UPDATE_SNAPSHOTS=1` rewrites the files instead.
func expectSnapshot(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = directory.appending(path: "Snapshots/\(name)")
    if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
        try Data(text.utf8).write(to: file)
        return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "differs from Snapshots/\(name)", sourceLocation: sourceLocation)
}
