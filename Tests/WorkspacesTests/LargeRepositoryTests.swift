import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// A workspace of 100,000 files is as right as a small one; how fast it is, benchmarks tell.
struct LargeRepositoryTests {
    private static let files = 100_000

    /// The files are in memory where there is room: on a disk, most of the time would go into removing them.
    private static var parent: String {
        var status = statvfs()
        guard statvfs("/dev/shm", &status) == 0, access("/dev/shm", W_OK) == 0 else { return "/tmp" }
        return UInt(status.f_bavail) * UInt(status.f_frsize) > 3 << 30 ? "/dev/shm" : "/tmp"
    }

    private func stream() -> String {
        var text = "commit refs/heads/main\ncommitter U <u@example.com> 1700000000 +0000\ndata 4\nbase\n"
        for number in 0..<Self.files {
            let line = "file \(number)\n"
            text += "M 100644 inline part\(number / 1000)/folder\(number / 100 % 10)/f\(number)\n"
            text += "data \(line.utf8.count)\n\(line)\n"
        }
        return text
    }

    @Test func everyChangeIsKeptAndNothingElse() async throws {
        let fixture = try Fixture(in: Self.parent)
        try await fixture.git(["init", "-q", "--bare", "-b", "main"])
        let stream = fixture.directory.write(stream(), to: "stream")
        try await fixture.shell("git -c fastimport.unpackLimit=0 fast-import --quiet <'\(stream)'")
        let created = try await fixture.create()
        let workspace = created.workspace
        let untouched = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(untouched.isUnchanged)

        try await fixture.agent(
            workspace,
            """
            echo more >>part7/folder3/f7300
            rm part99/folder9/f99999
            mkdir new && echo new >new/file && mv part0/folder0/f0 new/moved
            chmod +x part50/folder5/f50500
            """
        )
        let edited = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        #expect(edited.checkpoint.change.files == 6)
        let changed = try await fixture.git([
            "--git-dir=\(workspace.site.directory)/vault", "diff-tree", "-r", "--no-renames", "--name-status",
            untouched.checkpoint.tree.rawValue, edited.checkpoint.tree.rawValue,
        ])
        #expect(
            changed.split(separator: "\n").map { $0.replacing("\t", with: " ") } == [
                "A new/file", "A new/moved", "D part0/folder0/f0", "M part50/folder5/f50500", "M part7/folder3/f7300",
                "D part99/folder9/f99999",
            ]
        )

        _ = try await workspace.restore(to: untouched.checkpoint.number, iteration: 2)
        #expect(
            try await workspace.checkpoint(.iterationEnded, iteration: 3).checkpoint.tree == untouched.checkpoint.tree
        )
        await workspace.close()
    }
}
