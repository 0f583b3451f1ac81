import Domain
import Testing

struct WebhookAddressTests {
    @Test(arguments: [
        ("https://ntfy.sh/topic", "https://ntfy.sh", 443, "/topic"), ("https://ntfy.sh", "https://ntfy.sh", 443, "/"),
        ("HTTPS://Hooks.Example.org:8443/a/b?c=d", "https://hooks.example.org:8443", 8443, "/a/b?c=d"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1", 80, "/x"),
        ("http://[::1]:8080?q", "http://[0:0:0:0:0:0:0:1]:8080", 8080, "/?q"),
    ])
    func urlsAreTakenApart(text: String, host: String, port: Int, path: String) throws {
        let address = try #require(WebhookAddress(text))
        #expect(address.shownHost == host)
        #expect(address.port == port)
        #expect(address.path == path)
    }

    @Test(arguments: [
        "", "ntfy.sh/topic", "ftp://ntfy.sh", "https://", "https:///x", "https://user@ntfy.sh/", "https://u:p@ntfy.sh/",
        "https://ntfy.sh/a b", "https://ntfy.sh/\r\nX: y", "https://ntfy.sh:0/", "https://ntfy.sh:99999/",
        "https://ntfy.sh:8x/", "https://ntfy.sh/#top", "https://nt\u{fe}fy.sh/", "https://0x7f.1/", "https://127.1/",
        "https://2130706433/", "https://ntfy.sh\\@evil/", "https://[::1/", "https://[::ffff:127.0.0.1]/",
    ])
    func whatCouldBeReadInTwoWaysIsNone(text: String) {
        #expect(WebhookAddress(text) == nil)
    }

    @Test func onlyTheHostIsShown() throws {
        let address = try #require(WebhookAddress("https://hooks.slack.com/services/T0/B0/secret?key=secret"))
        #expect(!"\(address)".contains("secret"))
        #expect(!address.shownHost.contains("secret"))
    }
}
