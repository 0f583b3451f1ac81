import Glibc
import Processes
import TestSupport
import Testing

struct SpoolTests {
    private let directory = TemporaryDirectory()

    @Test func carriesAnEndlessLineAndInvalidText() async throws {
        let script = "printf 'a\\377\\376b\\n'; head -c 67108864 /dev/zero | tr '\\0' x; printf '\\nc\\355\\240\\200'"
        let process = try await Stage(.bubblewrap, in: directory).start(script)
        var output: [UInt8] = []
        var longest = 0
        for try await chunk in process.output {
            longest = max(longest, chunk.bytes.count)
            output += chunk.bytes
        }
        let lines = output.split(separator: UInt8(ascii: "\n"))
        #expect(lines.map(\.count) == [4, 64 << 20, 4])
        #expect(lines.first?.elementsEqual([97, 255, 254, 98]) == true)
        #expect(lines.last?.elementsEqual([99, 237, 160, 128]) == true)
        #expect(longest <= 1 << 20)
    }

    @Test func survivesAProcessThatCutsItsOwnOutput() async throws {
        let process = try await Stage(.none, in: directory).start("echo one; truncate -s 0 /proc/self/fd/1; echo two")
        _ = try await process.everything()
        #expect(try await process.exit().status == .code(0))
    }

    @Test func saysWhenARecordIsDamaged() throws {
        let spool = Spool(directory.path)
        #expect(try spool.state() == .empty)
        directory.write("{\"started\":1}\n{\"exit\":0,\"cau", to: "record")
        #expect(try spool.state() == .started)
        for line in ["nonsense", "{}", "{\"exit\":0,\"cause\":\"magic\"}", "[]"] {
            directory.write(line + "\n", to: "record")
            #expect(throws: ProcessError.damagedRecord(path: spool.recordPath)) { try spool.state() }
        }
    }
}
