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

    @Test(arguments: [
        ("", false), (#"{"errno":2}"#, false), (#"{"started":1,"pipes":[7,8]}"#, true),
        (#"{"started":1,"pipes":[0,0]}"#, false), (#"{"started":1}"#, false),
        ("{\"started\":1,\"pipes\":[7,8]}\n{\"cause\":\"lost\"}", true),
        ("{\"started\":1}\n{\"cause\":\"lost\"}", false),
        ("{\"started\":1,\"pipes\":[7,8]}\n{\"exit\":0,\"cause\":\"exited\"}", false),
    ])
    func knowsWhereOutputWentWithItsShim(_ record: String, _ mayLack: Bool) throws {
        directory.write(record.isEmpty ? "" : record + "\n", to: "record")
        #expect(try Spool(directory.path).mayLackOutput() == mayLack)
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
