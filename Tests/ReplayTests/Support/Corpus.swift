import FoundationEssentials
import Replay

/// The corpus in this repository.
enum Corpus {
    /// Plays at once: more would make the machine so slow that short time limits strike where they should not.
    static let turnstile = Turnstile(width: 6)
    private static let staging = Task { await ReplayStage(shim: ReplayStage.builtShim) }

    static func stage() async -> ReplayStage { await staging.value }

    static func scenarios() throws -> [Scenario] {
        try ScenarioFile(reading: path("scenarios.jsonl")).scenarios
    }

    /// Why makima decides otherwise, by the id of the scenario.
    static func knownDifferences() throws -> [String: String] {
        var reasons: [String: String] = [:]
        for line in lines(of: "known-differences.txt") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { throw Unexplained(line: line) }
            reasons[String(parts[0])] = String(parts[1])
        }
        return reasons
    }

    /// The lines of a file beside the scenarios, without comments.
    static func lines(of name: String) -> [String] {
        let text = FileManager.default.contents(atPath: path(name)) ?? Data()
        return String(decoding: text, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map(String.init)
    }

    struct Unexplained: Error {
        var line: String
    }

    private static func path(_ name: String) -> String {
        let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(here)/Fixtures/corpus/\(name)"
    }
}

/// Lets only so many through at once.
actor Turnstile {
    private var free: Int
    private var queue: [CheckedContinuation<Void, Never>] = []

    init(width: Int) {
        free = width
    }

    func pass<T: Sendable>(_ body: @Sendable () async throws -> T) async rethrows -> T {
        await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { queue.append($0) }
    }

    private func leave() {
        if queue.isEmpty { free += 1 } else { queue.removeFirst().resume() }
    }
}
