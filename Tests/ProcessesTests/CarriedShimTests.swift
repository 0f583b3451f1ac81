import Glibc
import Processes
import TestSupport
import Testing

struct CarriedShimTests {
    private let directory = TemporaryDirectory()

    private func carrier(_ text: String) -> String { directory.write(text, to: "makima") }

    private static let script = "#!/bin/sh\necho it runs\n"

    private func shim() throws -> CarriedShim {
        let length = String(Self.script.utf8.count, radix: 16)
        let padding = String(repeating: "0", count: 16 - length.count)
        let file = carrier("some program\(Self.script)0123456789abcdef\(padding)\(length)MKM-SHIM")
        return try #require(CarriedShim(in: file))
    }

    @Test func isUnpackedOnceAndRuns() async throws {
        let shim = try shim()
        let path = try shim.unpack(into: directory.path)
        #expect(path == "\(directory.path)/shim-0123456789abcdef")
        #expect(try await PosixSpawnLauncher().run(Command(path)).text == "it runs\n")

        var before = stat()
        var after = stat()
        #expect(stat(path, &before) == 0)
        #expect(try shim.unpack(into: directory.path) == path)
        #expect(stat(path, &after) == 0)
        #expect(before.st_ino == after.st_ino)
    }

    @Test(arguments: [
        "printf '#!/bin/sh\necho it rots\n' >\"$1\"", "chmod 600 \"$1\"", "ln -sf /bin/true \"$1\"",
        "rm \"$1\"; mkfifo -m 700 \"$1\"",
    ])
    func isUnpackedAgainWhereSomethingElseIsThere(_ damage: String) async throws {
        let shim = try shim()
        let path = try shim.unpack(into: directory.path)
        let launcher = PosixSpawnLauncher()
        let damaged = try await launcher.run(.shell("set -- '\(path)'; \(damage)"))
        #expect(damaged.status == .code(0))
        #expect(try shim.unpack(into: directory.path) == path)
        #expect(try await launcher.run(Command(path)).text == "it runs\n")
    }

    @Test(arguments: [
        "", "short", "no mark at the end of this program, which is long enough",
        "x0123456789abcdef00000000000000ffMKM-SHIM", "x0123456789abcdef0000000000000000MKM-SHIM",
        "x0123456789abcdef-000000000000001MKM-SHIM", "x0123456789abcdefzzzzzzzzzzzzzzzzMKM-SHIM",
    ])
    func isNotFoundWhereThereIsNone(_ text: String) {
        #expect(CarriedShim(in: carrier(text)) == nil)
        #expect(CarriedShim(in: "\(directory.path)/nowhere") == nil)
    }

    @Test func theHashCannotNameAnotherPlace() throws {
        let file = carrier("xy../../../../../../0000000000000001MKM-SHIM")
        let path = try #require(CarriedShim(in: file)).unpack(into: directory.path)
        #expect(path == "\(directory.path)/shim-")
    }
}
