import Domain
import Testing

@testable import Wire

/// Texts that git, a shell or a database would take for something else are refused where they come in.
struct HostileTextTests {
    private func code(_ key: String, _ text: String) throws -> String? {
        try Golden.named("ToDaemon-spawnTask-full").error(with: key, .string(text))?.code
    }

    @Test(arguments: [
        "-x", "--upload-pack=touch x", "a..b", "a b", "a\nb", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a.lock",
        "x.lock/y", ".git/x", "a/.b", "/a", "a/", "a//b", "a.", "@", "a@{1}", "HEAD", "refs/heads/main", "", "a\u{0}b",
        "a\u{202E}b", "a\u{200B}b", "a\u{7F}b", "a\u{FEFF}",
    ])
    func aBranchThatGitWouldMisreadIsRefused(_ name: String) throws {
        #expect(try code("baseBranch", name) == "malformed_branch")
        #expect(try code("targetBranch", name) == "malformed_branch")
    }

    @Test(arguments: ["main", "release/1.0", "a$(id)", "a`id`", "feature/ümlaut", "a@b", "x-", "a'b", "head"])
    func aBranchThatGitTakesIsTaken(_ name: String) throws {
        #expect(try code("baseBranch", name) == nil)
    }

    @Test(arguments: [
        "ext::sh -c touch% x", "fd::17", "--upload-pack=touch x", "-x", "ssh://-oProxyCommand=touch/x",
        "git@-oProxyCommand=x:y",
        "-git@host:x", "ssh://host/-x", "git@host:-x", "https://user:secret@host/x", "https:///x", "https://host",
        "https://host/",
        "ftp://host/x", "git://host/x", "HTTPS://host/x", "file://host/x", "file:///srv/../etc", "file://",
        "/srv/project",
        "../project", "https://host/a/../b", "https://host/a/%2E%2e/b", "https://host:0/x", "https://host:99999/x",
        "https://host:/x", "https://%2dhost/x", "https://ho\u{200B}st/x", "https://host/a b", "https://host/a\nb",
        "https://host/a\r\nHost: b", "https://host\\@evil/x", "ssh://a@b@c/x", "host:path", "git@host:",
        "git@host:a/../b",
        "https://[::1/x", "https://[]/x", "", "https://host/x\u{0}", "transport::https://host/x", "git@ext::sh -c x",
        "git@ext::sh", "https::x@y:z", "javascript://host/x",
    ])
    func aRepositoryThatGitCouldRunIsRefused(_ url: String) throws {
        #expect(try code("repoUrl", url) == "malformed_repository_url")
        #expect(RepositoryURL(url) == nil)
    }

    @Test(arguments: [
        ("https://git.example.com/team/project.git", RepositoryURL.Scheme.https, "git.example.com"),
        ("http://127.0.0.1:8080/project", .http, "127.0.0.1"),
        ("ssh://git@git.example.com:2222/~ada/project", .ssh, "git.example.com"),
        ("git@git.example.com:team/project.git", .ssh, "git.example.com"),
        ("file:///srv/git/project.git", .file, ""), ("https://[2001:db8::7]:8443/x", .https, "[2001:db8::7]"),
    ])
    func aRepositoryOfAnotherMachineIsTaken(_ url: String, _ scheme: RepositoryURL.Scheme, _ host: String) throws {
        #expect(try code("repoUrl", url) == nil)
        #expect(RepositoryURL(url)?.scheme == scheme)
        #expect(RepositoryURL(url)?.host == host)
    }

    @Test(arguments: [
        "/etc/passwd", "../.ssh/id", "a/../../b", "..", "-rf", "", "a\u{0}", "a\nb", ".git/config", "sub/.GIT/hooks/x",
        "a/..",
    ])
    func aFileOutsideTheRepositoryIsNotCopied(_ path: String) throws {
        let error = try Golden.named("ToDaemon-spawnTask-full")
            .error(with: "copyFiles", .array([.string("ok"), .string(path)]))
        #expect(error?.code == "malformed_relative_path")
        #expect(error?.path == "copyFiles[1]")
    }

    @Test(arguments: [".env", "config/*.local", "a..b", "...", ".gitignore", "!x", "a/b/c"])
    func aFileInTheRepositoryIsCopied(_ path: String) throws {
        #expect(try Golden.named("ToDaemon-spawnTask-full").error(with: "copyFiles", .array([.string(path)])) == nil)
    }

    @Test(arguments: ["srv", "~/x", "/srv/../etc", "/srv/./x", "/a\nb", "/a\u{0}", ""])
    func aPathOfTheMachineIsAbsoluteAndPlain(_ path: String) throws {
        #expect(try code("targetRepoPath", path) == "malformed_absolute_path")
    }

    @Test(arguments: ["K7M2Q9XW4T", "k7m2q9xw4", "k7m2q9xw4tt", "k7m2q9xw4u/", "../../../ab", "k7m2q9xw4i"])
    func aTaskIsNamedByItsId(_ id: String) throws {
        #expect(try code("taskId", id) == "malformed_task_id")
    }

    @Test func invisibleCharactersAreInNoLabel() throws {
        for name in ["", "a\nb", "a\u{1B}[31m", "a\u{202E}b", "a\u{0}"] {
            #expect(try code("taskName", name) == "malformed_label")
        }
        #expect(try code("taskName", "Grüße 🎉") == nil)
        #expect(try code("plan", "a\u{0}b") == "malformed_text")
        #expect(try code("plan", "") == "malformed_text")
        #expect(try code("taskName", String(repeating: "x", count: 257)) == "too_long")
    }

    @Test func hashesAreHashes() throws {
        let upper = String(repeating: "A1", count: 20)
        for text in ["", "a1", upper, String(repeating: "g", count: 40), String(repeating: "a", count: 41)] {
            #expect(try code("baseSha", text) == "malformed_commit")
        }
        #expect(try code("patchData", "AA=") == "malformed_base64")
        #expect(try code("patchData", "AAAA") == "inconsistent")
    }

    @Test func aFoundTextIsCutInAnError() throws {
        let long = String(repeating: "-", count: 200)
        guard
            case .field(_, .malformed(let found, _))? = try Golden.named("ToDaemon-spawnTask-full")
                .error(with: "baseBranch", .string(long))
        else {
            Issue.record("it was taken")
            return
        }
        #expect(found.count == FieldProblem.foundLimit)
    }
}
