import Domain
import Glibc
import TestSupport
import Testing

@testable import Processes

/// Which descriptors a program is started with.
struct SpawnerTests {
    private let directory = TemporaryDirectory()

    /// Numbers that are free here and low: each could be overwritten by one that is made before it.
    @Test func lowDescriptorsReachTheirPlaces() throws {
        let files = try (0..<9)
            .map { index in
                let path = directory.write("\(index)", to: "file-\(index)")
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                return try #require(descriptor >= 0 ? descriptor : nil)
            }
        defer { for file in files { close(file) } }
        let answer = directory.write("", to: "answer")
        let output = open(answer, O_WRONLY | O_CLOEXEC)
        defer { close(output) }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let script = "for n in 3 4 5 6 7 8; do eval \"cat <&$n\"; done"
        let command = Command("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], directory: "/")
        // Backwards, so that every one but the middle comes to a number that another one has.
        let pid = try Spawner.spawn(command, descriptors: [null, output, null] + files.prefix(6).reversed())
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        #expect(status == 0)
        #expect(directory.read("answer") == "543210")
    }
}
