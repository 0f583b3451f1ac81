import Testing

@testable import Server

struct HostRulesTests {
    private let rules = HostRules(
        port: 8080,
        names: ["makima.example.org", "other.example.org:8443"],
        origins: ["https://makima.example.org"]
    )

    private func refusal(_ host: String?, _ origins: [String] = [], site: String? = nil) -> HostRules.Refusal? {
        rules.refusal(of: HostRules.Claims(host: host, origins: origins, fetchSite: site))
    }

    @Test(arguments: [
        "127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080", "makima.example.org",
        "makima.example.org:443", "Makima.Example.Org:80", "other.example.org:8443",
    ])
    func ownNamesAreRight(host: String) {
        #expect(refusal(host) == nil)
    }

    @Test(arguments: [
        nil, "", "evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:80", "localhost", "localhost.:8080",
        "other.example.org", "other.example.org:80", "makima.example.org.", "makima.example.org:x",
        "user@makima.example.org", "makima.example.org:80:80", "0.0.0.0:8080", "[::1]", "127.0.0.1:8080, x",
    ])
    func otherNamesAreNot(host: String?) {
        #expect(refusal(host) == .host)
    }

    @Test func anOriginIsOneThatWasNamed() {
        #expect(refusal("localhost:8080", ["https://makima.example.org"]) == nil)
        #expect(refusal("localhost:8080", ["http://makima.example.org"]) == .origin)
        // The host was looked at before: a page of this origin came from here.
        #expect(refusal("localhost:8080", ["http://localhost:8080"]) == nil)
        #expect(refusal("127.0.0.1:8080", ["http://127.0.0.1:8081"]) == .origin)
        #expect(refusal("makima.example.org", ["https://makima.example.org:8080"]) == nil)
        #expect(refusal("evil.example:8080", ["http://evil.example:8080"]) == .host)
        #expect(refusal("localhost:8080", ["null"]) == .origin)
        #expect(refusal("localhost:8080", ["https://makima.example.org", "https://makima.example.org"]) == .origin)
        #expect(refusal("localhost:8080", [""]) == .origin)
    }

    @Test func aBrowserOfAnotherSiteIsRefusedWithoutAnOriginToo() {
        #expect(refusal("localhost:8080", site: "cross-site") == .crossSite)
        #expect(refusal("localhost:8080", site: "Same-Site") == .crossSite)
        #expect(refusal("localhost:8080", site: "none") == nil)
        #expect(refusal("localhost:8080", site: "same-origin") == nil)
    }
}
