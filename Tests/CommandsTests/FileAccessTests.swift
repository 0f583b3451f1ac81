import Glibc
import TestSupport
import Testing

@testable import Commands

struct FileAccessTests {
    @Test func aGrowingFileIsReadInPieces() throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let reader = FileReader(path: directory.write("abcdef", to: "log"))
        #expect(try reader.read(from: 0, upTo: 4) == Array("abcd".utf8))
        #expect(try reader.read(from: 4, upTo: 4) == Array("ef".utf8))
        #expect(try reader.read(from: 6, upTo: 4).isEmpty)
        #expect(try reader.read(from: 99, upTo: 4).isEmpty)
    }

    @Test func aPipeInThePlaceOfALogIsRefusedAtOnce() throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let path = "\(directory.path)/fifo"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: FileReader.Failure.self) { try FileReader(path: path).read(from: 0, upTo: 1) }
        #expect(throws: FileReader.Failure.self) { try FileReader(path: directory.path).read(from: 0, upTo: 1) }
        #expect(throws: FileReader.Failure.self) { try FileReader(path: "\(directory.path)/no").readToEnd(upTo: 1) }
    }

    @Test func aPlanMayComeFromAPipe() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        FileSink(descriptor: ends[1]).write(Array("a plan".utf8))
        close(ends[1])
        #expect(try FileReader(path: "/dev/fd/\(ends[0])").readToEnd(upTo: 3) == Array("a p".utf8))
        #expect(try FileReader.readToEnd(of: ends[0], path: "pipe", upTo: 99) == Array("lan".utf8))
    }

    @Test func aSinkThatIsNoTerminalHasNoSize() {
        #expect(FileSink(descriptor: -1).terminalSize() == nil)
        FileSink(descriptor: -1).write([1])
    }
}
