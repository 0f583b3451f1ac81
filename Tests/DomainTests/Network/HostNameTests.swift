import Domain
import Testing

struct HostNameTests {
    @Test(arguments: [
        ("example.com", "example.com"), ("EXAMPLE.com.", "example.com"), ("a_b.example.com", "a_b.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("127.0.0.1", "127.0.0.1"), ("8.8.8.8.", "8.8.8.8"),
        ("[2001:DB8::7]", "[2001:db8:0:0:0:0:0:7]"), ("[::1]", "[0:0:0:0:0:0:0:1]"),
    ])
    func readsAHostInOneForm(_ text: String, _ form: String) {
        #expect(HostName(text.utf8)?.description == form)
    }

    /// Each of these means one host to one program and another to the next.
    @Test(arguments: [
        "", ".", "a..b", "allowed.com\0evil", "allowed.com\0.evil.com", "evil.com#.allowed.com",
        "evil.com/.allowed.com",
        "evil.com\\.allowed.com", "user@allowed.com", "allowed%2ecom", "allowed.com%00", "allowed .com",
        "allowed.com\t",
        "allowed.com\r", "allowed.com\n", "allowed.com:80", "ällowed.com", "allowed。com", "2130706433", "0x7f000001",
        "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.0.01", "127.0.0.256", "127.0.0.1.1", "1.2.3", "example.0x1",
        "example.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::7f00:1]", "[fe80::1%eth0]", "[::1", "::1",
        "[127.0.0.1]",
        "[1:2:3]", "[1::2::3]", "[12345::]",
    ])
    func refusesWhatCanBeReadInTwoWays(_ text: String) {
        #expect(HostName(text.utf8) == nil)
    }

    @Test func refusesWhatIsTooLong() {
        let label = String(repeating: "a", count: 64)
        #expect(HostName("\(label).com".utf8) == nil)
        #expect(HostName("\(label.dropLast()).com".utf8) != nil)
        let long = Array(repeating: "abcdefg", count: 32).joined(separator: ".")
        #expect(HostName(long.utf8) == nil)
    }

    @Test(arguments: ["a:0", "a:65536", "a:-1", "a:+80", "a: 80", "a:", "a:80:80", ":80", "a:000080"])
    func refusesOtherPorts(_ text: String) {
        #expect(HostPort(text.utf8) == nil)
    }

    @Test func readsPorts() {
        #expect(HostPort("a:65535".utf8)?.port == 65535)
        #expect(HostPort("a".utf8) == nil)
        #expect(HostPort("a".utf8, defaultPort: 80)?.port == 80)
        #expect(HostPort("[2001:db8::1]:8443".utf8)?.port == 8443)
    }
}

struct IPAddressTests {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.0.1", "198.18.0.1", "198.19.255.255", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "::", "::1", "fe80::1",
        "fc00::1", "fdff::1", "ff02::1", "::ffff:7f00:1", "::ffff:a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1", "2001::1", "fec0::1", "100::1",
    ])
    func isNotPublic(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic == false)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.1.1",
        "172.15.1.1",
        "172.32.0.1", "192.167.1.1", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "::ffff:808:808",
        "64:ff9b::808:808",
    ])
    func isPublic(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }
}
