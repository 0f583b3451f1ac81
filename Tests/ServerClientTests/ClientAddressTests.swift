import Domain
import Testing

@testable import ServerClient

struct ClientAddressTests {
    @Test(arguments: [
        "http://127.0.0.1:7420", "http://localhost:7420/", "http://[::1]:7420", "https://build.example.org",
        "https://build.example.org:7420/",
    ])
    func addressesOfServersAreTaken(url: String) throws {
        let address = try ClientAddress(url: url, token: "secret")
        #expect(!address.url.hasSuffix("/"))
        #expect(!"\(address)".contains("secret"))
    }

    @Test(arguments: [
        "", "127.0.0.1:7420", "ftp://127.0.0.1", "http://", "http://user@127.0.0.1", "https://example.org/path",
        "https://example.org?x=1", "https://exa mple.org",
    ])
    func whatIsNoneIsRefused(url: String) {
        #expect(throws: ServerClientError.malformedAddress(url)) { try ClientAddress(url: url, token: "secret") }
    }

    @Test(arguments: ["http://example.org:7420", "http://127.0.0.1.example.org", "http://10.0.0.1:7420"])
    func noTokenGoesOverANetworkInTheClear(url: String) {
        #expect(throws: ServerClientError.clearAddress(url)) { try ClientAddress(url: url, token: "secret") }
    }

    @Test func everyErrorHasAHint() {
        let errors: [ServerClientError] = [
            .malformedAddress("x"), .clearAddress("x"), .unusableAuthority("x", message: "y"),
            .unreachable("x", message: "y"),
            .refused(status: 409, code: "c", message: "m", hint: nil), .unreadableAnswer("x", message: "y"),
        ]
        for error in errors { #expect(!error.hint.isEmpty && !error.description.isEmpty) }
        #expect(errors.map(\.isUnreachable) == [false, false, false, true, false, false])
    }
}
