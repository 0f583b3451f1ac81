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

    @Test func aTerminalKnowsItsSizeBetterThanTheVariables() {
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(controller) }
        var isLocked: Int32 = 0
        var number: Int32 = 0
        // TIOCSPTLCK and TIOCGPTN, macros that Swift does not see.
        #expect(ioctl(controller, 0x4004_5431, &isLocked) == 0 && ioctl(controller, 0x8004_5430, &number) == 0)
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(terminal) }
        let sink = FileSink(descriptor: terminal).assuming(.assumed(by: ["COLUMNS": "100", "LINES": "x"]))
        #expect(sink.terminalSize() == TerminalSize(columns: 100, rows: 24))
        var size = winsize(ws_row: 30, ws_col: 70, ws_xpixel: 0, ws_ypixel: 0)
        #expect(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
        #expect(sink.terminalSize() == TerminalSize(columns: 70, rows: 30))
    }
}
