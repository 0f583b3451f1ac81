import Glibc
import TestSupport
import Testing

@testable import Daemon

struct ServerAddressTests {
    static let good: [(String, String, Int, Bool, String)] = [
        ("https://makima.example.com", "makima.example.com", 443, true, ""),
        ("http://127.0.0.1:7780/", "127.0.0.1", 7780, false, ""),
        ("WSS://host:1/base/", "host", 1, true, "/base"), ("ws://[::1]:8080", "::1", 8080, false, ""),
        ("https://[2001:db8::1]/x", "2001:db8::1", 443, true, "/x"),
    ]

    @Test(arguments: good)
    func addressesAreReadAsTheyAreNamed(_ text: String, _ host: String, _ port: Int, _ isSecure: Bool, _ path: String)
        throws
    {
        let address = try #require(ServerAddress(text))
        #expect(address.host == host && address.port == port)
        #expect(address.isSecure == isSecure && address.path == path)
    }

    @Test(arguments: [
        "", "makima.example.com", "ftp://host", "https://", "https://user@host", "https://user:pass@host",
        "https://host:0",
        "https://host:70000", "https://host:x", "https://host/a?b", "https://host/a#b", "https://ho st", "https://[::1",
        "https://host//x", "https://host/\r\nX: y", "https://[::1]x",
    ])
    func otherTextsAreNoAddresses(_ text: String) { #expect(ServerAddress(text) == nil) }

    @Test func onlyLoopbackStaysOnTheMachine() {
        #expect(ServerAddress("http://127.0.0.1:1")?.isLoopback == true)
        #expect(ServerAddress("http://localhost")?.isLoopback == true)
        #expect(ServerAddress("http://[0:0:0:0:0:0:0:1]")?.isLoopback == true)
        for name in [
            "127.example.com", "127.evil.example.com", "127.0.0.1.example", "127.0.0", "127.0.0.1.", "0127.0.0.1",
            "127.0.0.256", "128.0.0.1", "localhost.example", "[::2]", "[::ffff:7f00:1]",
        ] {
            #expect(ServerAddress("http://\(name)")?.isLoopback == false, "\(name)")
        }
    }

    @Test func aTokenIsReadFromAFileThatOnlyItsOwnerCanRead() throws {
        let directory = TemporaryDirectory("makima-token")
        let path = "\(directory.path)/token"
        directory.write("mkd_abc\n", to: "token", mode: 0o600)
        #expect(try TokenFile.read(path) == "mkd_abc")
        directory.write("mkd_abc\n", to: "token", mode: 0o640)
        chmod(path, 0o640)
        #expect(throws: TokenFileError.open(path: path, mode: 0o640)) { try TokenFile.read(path) }
        for text in ["", "\n", "two words\n", "one\ntwo\n", "\u{e4}\n"] {
            directory.write(text, to: "token", mode: 0o600)
            chmod(path, 0o600)
            #expect(throws: TokenFileError.noToken(path: path), "\(text)") { try TokenFile.read(path) }
        }
        #expect(throws: TokenFileError.self) { try TokenFile.read("\(directory.path)/none") }
        #expect(throws: TokenFileError.self) { try TokenFile.read(directory.path) }
    }

    @Test func loadAndMemoryAreReadFromTheKernelsTexts() {
        #expect(MachineProbe.loadMilli("0.52 0.58 0.59 1/467 12345\n") == 520)
        #expect(MachineProbe.loadMilli("") == nil)
        #expect(MachineProbe.loadMilli("nan 1 1 1/1 1") == nil)
        let text = "MemTotal:       16316412 kB\nMemAvailable: 1048576 kB\nHugePages_Total: 0\n"
        let memory = MachineProbe.memoryMiB(text)
        #expect(memory == ["MemTotal": 15_933, "MemAvailable": 1024])
    }

    @Test func repositoriesOfTheMachineAreThoseBeneathTheAllowedPaths() {
        var rules = RepositoryRules()
        #expect(!rules.allows(path: "/srv/a"))
        rules.paths = ["/srv/a/"]
        #expect(rules.allows(path: "/srv/a") && rules.allows(path: "/srv/a/b"))
        #expect(!rules.allows(path: "/srv/ab") && !rules.allows(path: "/srv"))
        rules.paths = ["/"]
        #expect(rules.allows(path: "/srv"))
    }
}
