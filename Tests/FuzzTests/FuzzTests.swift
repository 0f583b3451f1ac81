import FoundationEssentials
import Fuzz
import Testing

/// The same seeds in every run; `makima-fuzz` takes new ones.
struct FuzzTests {
    @Test func gatesAreReadAsTheyAreMeant() {
        for seed in 0..<3000 as Range<UInt64> {
            if let failure = GateTrial(seed: seed).failure() {
                Issue.record("\(failure.seed): \(failure.complaint)\n\(String(decoding: failure.input, as: UTF8.self))")
                return
            }
        }
    }

    @Test func outputIsReadTheSameInPiecesAndNeverInventsAnEnd() throws {
        let recordings = try recordings()
        #expect(recordings.count > 20)
        for seed in 0..<400 as Range<UInt64> {
            if let failure = ReaderTrial(seed: seed, of: recordings).failure() {
                Issue.record("\(failure.seed): \(failure.complaint)")
                return
            }
        }
    }

    /// All kinds of messages come up: a trial that is always empty would prove nothing.
    @Test func trialsAreOfAllKinds() {
        let kinds = Set((0..<300 as Range<UInt64>).map { GateTrial(seed: $0).expected })
        #expect(kinds.count == 6)
    }

    private func recordings() throws -> [ReaderTrial.Recording] {
        let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/agents"
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".stdout") }.sorted()
            .map { name in
                let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
                return ReaderTrial.Recording(name: name, output: Array(bytes))
            }
    }
}
