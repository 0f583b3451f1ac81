import Domain
import Testing

@testable import Wire

struct PatchTests {
    private func part(_ bytes: [UInt8], _ range: Range<Int>) -> PatchPart {
        var part = PatchPart()
        part.sha256 = SHA256Digest(of: bytes).description
        part.size = bytes.count
        part.offset = range.lowerBound
        part.data = Array(bytes[range])
        return part
    }

    private let work = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test func partsMakeTheWhole() throws {
        let parts = PatchPart.ranges(of: work.count, limit: 300).map { part(work, $0) }
        #expect(parts.map(\.data.count) == [300, 300, 300, 100])
        var assembly = PatchAssembly(parts[0])
        var whole: [UInt8] = []
        for part in parts {
            #expect(!assembly.isComplete)
            whole += try assembly.take(part)
            // It may come twice.
            #expect(try assembly.take(part) == [])
        }
        #expect(assembly.isComplete)
        #expect(whole == work)
    }

    @Test func aGapIsRefused() throws {
        let parts = PatchPart.ranges(of: work.count, limit: 300).map { part(work, $0) }
        var assembly = PatchAssembly(parts[0])
        _ = try assembly.take(parts[0])
        #expect(throws: WireError.field(path: "offset", .inconsistent(.partOutOfOrder))) { try assembly.take(parts[2]) }
        #expect(assembly.received == 300)
        var other = parts[1]
        other.size += 1
        #expect(throws: WireError.field(path: "sha256", .inconsistent(.partOfAnother))) { try assembly.take(other) }
        #expect(throws: Never.self) { try assembly.take(parts[1]) }
    }

    @Test func aWrongHashBeginsAnew() throws {
        var last = part(work, 0..<1000)
        last.data[999] ^= 1
        var assembly = PatchAssembly(last)
        #expect(throws: WireError.field(path: "data", .inconsistent(.patchHash))) { try assembly.take(last) }
        #expect(assembly.received == 0)
        #expect(try assembly.take(part(work, 0..<1000)) == work)
    }

    @Test func aPartStaysInsideTheWhole() {
        var beyond = ReportPart()
        beyond.part = part(work, 900..<1000)
        beyond.part.size = 950
        #expect(throws: WireError.field(path: "data", .inconsistent(.partBeyondEnd))) { try Frame.encode(beyond) }
    }

    @Test func theLargestPartFitsIntoAFrame() throws {
        var report = ReportPart()
        report.stamp = Stamp(
            number: WireLimits.integer,
            task: try #require(TaskID(rawValue: "k7m2q9xw4t")),
            attempt: 1,
            sequence: 1
        )
        report.part.sha256 = String(repeating: "a", count: 64)
        report.part.size = WireLimits.patch
        report.part.data = [UInt8](repeating: 0xFF, count: WireLimits.part)
        #expect(throws: Never.self) { try Frame.encode(report) }
    }

    @Test func bytesThatAreNotWhatIsSaidAreRefused() throws {
        var report = CheckpointReport()
        report.checkpoint = WireCheckpoint(try #require(Sample.checkpoint(4)))
        report.stamp = try Sample.stamp()
        var patch = WirePatch(.bundle, base: String(repeating: "a1", count: 20), bytes: work)
        report.patch = patch
        #expect(throws: Never.self) { try Frame.encode(report) }
        patch.size += 1
        report.patch = patch
        #expect(throws: WireError.field(path: "patch.data", .inconsistent(.patchSize))) { try Frame.encode(report) }
        patch.size -= 1
        patch.data?[0] ^= 1
        report.patch = patch
        #expect(throws: WireError.field(path: "patch.data", .inconsistent(.patchHash))) { try Frame.encode(report) }
    }

    @Test func base64HasOneTextForEachSequenceOfBytes() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")] {
            #expect(Base64.encoded(Array(bytes.utf8)) == text)
            #expect(Base64.decoded(text) == Array(bytes.utf8))
        }
        for text in ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-_", "Zmé="] {
            #expect(Base64.decoded(text) == nil, "\(text)")
        }
        for length in 0..<70 {
            #expect(Base64.decoded(Base64.encoded(Array(work.prefix(length)))) == Array(work.prefix(length)))
        }
    }
}
