import Domain
import Fleet
import TestSupport
import Testing

struct IdentityTests {
    /// From the examples of FIPS 180-4 and RFC 6234.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func digestsAreThoseOfTheStandard(text: String, expected: String) {
        let digest = SHA256Digest(of: text)
        #expect(digest.description == expected)
        #expect(SHA256Digest(hex: expected) == digest)
        #expect(SHA256Digest(bytes: digest.bytes) == digest)
    }

    @Test(arguments: [1, 55, 56, 63, 64, 65, 119, 120, 128, 1000])
    func piecesMakeTheSameDigest(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for piece in [1, 7, 63, 64, 65, 500] {
            var hasher = SHA256Hasher()
            for start in stride(from: 0, to: length, by: piece) {
                hasher.update(Array(bytes[start..<min(start + piece, length)]))
            }
            hasher.update([])
            #expect(hasher.finish() == SHA256Digest(of: bytes))
        }
    }

    @Test func whatIsNoDigestIsNone() {
        #expect(SHA256Digest(hex: "e3b0") == nil)
        #expect(SHA256Digest(hex: String(repeating: "E", count: 64)) == nil)
        #expect(SHA256Digest(hex: String(repeating: "g", count: 64)) == nil)
        #expect(SHA256Digest(bytes: [1, 2]) == nil)
    }

    @Test func digestsMatchByAllTheirBytes() throws {
        let digest = SHA256Digest(of: "a")
        for index in 0..<32 {
            var bytes = digest.bytes
            bytes[index] ^= 1
            #expect(!digest.matches(try #require(SHA256Digest(bytes: bytes))))
        }
        #expect(digest.matches(SHA256Digest(of: "a")))
    }

    // MARK: - Tokens

    @Test(arguments: AccessToken.Kind.allCases)
    func aTokenIsReadBack(kind: AccessToken.Kind) throws {
        var random = SeededGenerator(seed: 1)
        let token = AccessToken(kind, using: &random)
        #expect(AccessToken(token.text) == token)
        #expect(token.text.hasPrefix("mk_\(kind.rawValue)_\(token.id)_"))
        #expect(token.text.utf8.count == 5 + 8 + 1 + 43 + 1 + 6)
        #expect(AccessToken(kind, using: &random).text != token.text)
    }

    @Test func aTokenWithAnErrorIsNone() {
        var random = SeededGenerator(seed: 2)
        let text = AccessToken(.user, using: &random).text
        for index in text.indices where text[index] != "_" {
            var wrong = text
            wrong.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
            #expect(AccessToken(wrong) == nil)
        }
        for wrong in ["", "mk", "mk_u__", text + "_", " " + text, text.lowercased(), "mk_u_\u{E9}_x_y"] {
            #expect(AccessToken(wrong) == nil)
        }
    }

    @Test func aTokenDoesNotTellItsSecret() {
        var random = SeededGenerator(seed: 3)
        let token = AccessToken(.daemon, using: &random)
        let secret = token.text.split(separator: "_")[3]
        #expect("\(token)" == "mk_d_\(token.id)")
        #expect(!String(reflecting: token).contains(secret))
        #expect(token.digest == SHA256Digest(of: String(secret)))
    }

    @Test func scopesIncludeThoseBelow() {
        let allowed: [AccessScope: Set<AccessScope>] = [
            .admin: [.admin, .operator, .viewer], .operator: [.operator, .viewer], .viewer: [.viewer],
            .daemon: [.daemon],
        ]
        for scope in AccessScope.allCases {
            #expect(Set(AccessScope.allCases.filter(scope.includes)) == allowed[scope])
        }
    }

    @Test(arguments: ["a", "A-1_b.c:d", String(repeating: "x", count: 128)])
    func namesADaemon(text: String) { #expect(DaemonID(rawValue: text)?.description == text) }

    @Test(arguments: ["", "-a", ".a", "a b", "a/b", "\u{E9}", String(repeating: "x", count: 129), "a\0"])
    func namesNoDaemon(text: String) { #expect(DaemonID(rawValue: text) == nil) }
}
