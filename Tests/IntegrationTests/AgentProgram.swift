import Glibc
import Testing

/// A real agent program that `scripts/fetch-agents` got; its path is in the environment of the tests.
///
/// Where it cannot be had the tests with it do not run and say so; in CI they fail.
enum AgentProgram: String, CaseIterable, Sendable {
    case claude
    case codex
    case kimi
    case vibe
    case aider
    case mini

    /// Empty where the program is not here.
    var path: String { getenv("MAKIMA_TEST_\(rawValue.uppercased())").map { String(cString: $0) } ?? "" }

    /// In CI a missing program is a failure, not a reason to leave the tests out.
    var isWanted: Bool { !path.isEmpty || getenv("CI") != nil }

    var absence: Comment { "NOT RUN: \(rawValue) is not here; scripts/fetch-agents says why." }
}
