import Domain
import Testing

@testable import Forge

struct RemoteAddressTests {
    @Test(
        arguments: [
            "https://github.com/ada/engine.git", "https://ada:s3cret@github.com/ada/engine",
            "git@github.com:ada/engine.git",
            "ssh://git@ssh.github.com:443/ada/engine.git", "https://GitHub.com/ada/engine/",
        ]
    )
    func theWaysToGitHubAreAllKnown(url: String) throws {
        let address = try #require(RemoteAddress(url))
        #expect(address.owner == "ada" && address.name == "engine")
        #expect(address.api(own: nil) == .gitHub)
        #expect(!"\(address)".contains("s3cret"))
    }

    @Test(
        arguments: [
            "https://git.example.com/ada/engine.git", "git@example.com:ada/engine",
            "https://github.com.evil.example/a/b",
            "https://evil.example/github.com/a/b", "/srv/git/ada/engine.git", "file:///srv/git/ada/engine.git",
        ]
    )
    func allOthersArePlain(url: String) {
        #expect(RemoteAddress(url)?.api(own: nil) == nil)
    }

    @Test(arguments: [
        "https://github.com/engine", "engine.git", "https://github.com/a b/c", "", "https://github.com/../x",
    ])
    func whatNamesNoRepositoryIsNone(url: String) {
        #expect(RemoteAddress(url) == nil)
    }

    @Test func anOwnApiIsAskedAboutItsHostAndAboutDirectoriesOnly() throws {
        let own = try #require(ForgeAddress("https://github.example.com/api/v3/"))
        #expect(own.text == "https://github.example.com/api/v3")
        #expect(RemoteAddress("git@github.example.com:ada/engine.git")?.api(own: own) == own)
        #expect(RemoteAddress("/srv/git/ada/engine.git")?.api(own: own) == own)
        #expect(RemoteAddress("https://elsewhere.example.com/ada/engine")?.api(own: own) == nil)
        #expect(RemoteAddress("https://github.com/ada/engine")?.api(own: own) == .gitHub)
    }

    @Test(
        arguments: [
            "http://github.example.com/api", "https://ada:token@github.example.com", "ftp://github.example.com",
            "https://",
            "https://a b", "https://github.example.com/?x",
        ]
    )
    func anApiIsSecureAndHoldsNoLogin(text: String) {
        #expect(ForgeAddress(text) == nil)
    }

    @Test func thisMachineNeedsNoTLS() {
        #expect(ForgeAddress("http://127.0.0.1:8080")?.host == "127.0.0.1")
    }
}
