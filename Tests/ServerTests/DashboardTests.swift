import Domain
import Fleet
import Foundation
import NIOHTTP1
import Store
import TestSupport
import Testing

@testable import Server

struct LoginCodeTests {
    private let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private func grant(_ until: Duration = LoginCodeBook.lifetime) -> LoginCodeBook.Grant {
        LoginCodeBook.Grant(owner: .user("anna"), scopes: [.operator], tokenID: "t", until: then + until)
    }

    @Test func aCodeIsGoodOnceAndForAMinute() {
        var book = LoginCodeBook()
        book.add("a", grant(), at: then)
        #expect(book.redeem("b", at: then) == nil)
        #expect(book.redeem("a", at: then + .seconds(59)) == grant())
        #expect(book.redeem("a", at: then + .seconds(59)) == nil)
        book.add("c", grant(), at: then)
        #expect(book.redeem("c", at: then + .seconds(60)) == nil)
        #expect(book.redeem("c", at: then) == nil, "a code that was shown too late is void")
    }

    @Test func codesWithoutEndTakeNoMemoryWithoutEnd() {
        var book = LoginCodeBook()
        for number in 0...LoginCodeBook.most { book.add("\(number)", grant(), at: then) }
        #expect(book.redeem("0", at: then) == nil)
        #expect(book.redeem("1", at: then) != nil)
    }
}

struct BrowserCookieTests {
    @Test func aCookieIsOfOnePortAndNoScriptReadsIt() throws {
        var chance = SystemRandomNumberGenerator()
        let token = AccessToken(.user, using: &chance)
        let cookie = BrowserCookie(port: 7420, isSecure: false)
        let field = cookie.setting(token)
        #expect(field.hasPrefix("makima_session_7420=") && !field.contains("Secure"))
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(field.contains(part)) }
        let secure = BrowserCookie(port: 7420, isSecure: true).setting(token)
        #expect(secure.hasPrefix("__Host-makima_7420=") && secure.contains("; Secure"))
        #expect(cookie.clearing.contains("Max-Age=0"))

        let pair = "makima_session_7420=\(token.text)"
        #expect(cookie.token(in: [pair]) == token)
        #expect(cookie.token(in: ["a=b; \(pair); c=d"]) == token)
        #expect(cookie.token(in: [pair, pair]) == nil)
        #expect(cookie.token(in: ["makima_session_7421=\(token.text)"]) == nil)
        #expect(cookie.token(in: []) == nil && cookie.token(in: ["makima_session_7420=x"]) == nil)
    }
}

@Suite(.timeLimit(.minutes(15)))
struct DashboardTests {
    /// What is in the folder is in the program.
    @Test func allFilesAreServed() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let names = try FileManager.default.contentsOfDirectory(atPath: "/\(root)/Sources/CDashboard/web")
        let files = DashboardFiles()
        #expect(Set(files.files.keys) == Set(names))
        for name in names {
            let text = TestFiles.read("/\(root)/Sources/CDashboard/web/\(name)")
            #expect(files.file(at: "/assets/\(name)").map { String(decoding: $0.bytes, as: UTF8.self) } == text)
        }
        #expect(files.file(at: "/")?.type == "text/html; charset=utf-8")
        #expect(files.file(at: "/tasks/k7m2q9xw4t")?.bytes == files.file(at: "/")?.bytes)
        for path in ["/api/v1/tasks", "/assets/", "/assets/../dashboard.c", "/assets/x", "/tasksx", "/health"] {
            #expect(files.file(at: path[...]) == nil, "\(path)")
        }
        #expect(files.files.values.reduce(0) { $0 + $1.bytes.count } < 280_000, "the pages are to be light")
    }

    @Test func pagesAreForEveryoneWhoNamesThisServer() async throws {
        try await ServerBench.run { bench in
            let nobody = HTTPClient(port: bench.port)
            let page = try await nobody.ask(.GET, "/", headers: [("Sec-Fetch-Site", "cross-site")])
            #expect(page.status == 200 && page.text.hasPrefix("<!doctype html>"))
            let policy = page.headers.first(name: "Content-Security-Policy") ?? ""
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(page.headers.first(name: "X-Content-Type-Options") == "nosniff")
            let tag = try #require(page.headers.first(name: "ETag"))
            let again = try await nobody.ask(.GET, "/", headers: [("If-None-Match", tag)])
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(try await nobody.ask(.GET, "/", headers: [("Host", "evil.example")]).status == 421)
            #expect(try await nobody.ask(.GET, "/assets/nothing.js").status == 401)
        }
    }

    private static func cookie(_ reply: HTTPClient.Reply) throws -> String {
        let field = try #require(reply.headers.first(name: "Set-Cookie"))
        return String(field.prefix { $0 != ";" })
    }

    @Test func aBrowserIsLetInByACodeWithTheRightsOfWhoMadeIt() async throws {
        try await ServerBench.run { bench in
            let made = try await bench.viewer.ask(.POST, "/api/v1/login-codes")
            #expect(made.status == 201)
            let code = try #require(made.json["code"]?.string)
            let browser = HTTPClient(port: bench.port)
            let origin = ("Origin", "http://127.0.0.1:\(bench.port)" as String?)
            let body = "{\"code\":\"\(code)\"}"
            #expect(try await browser.ask(.POST, "/api/v1/login", "{\"code\":\"x\"}", headers: [origin]).status == 401)
            let letIn = try await browser.ask(.POST, "/api/v1/login", body, headers: [origin])
            #expect(letIn.status == 200)
            #expect(try await browser.ask(.POST, "/api/v1/login", body, headers: [origin]).status == 401, "once")
            let cookie = ("Cookie", try Self.cookie(letIn) as String?)
            let me = try await browser.ask(.GET, "/api/v1/me", headers: [cookie])
            #expect(me.status == 200 && me.json["scope"]?.string == "viewer")
            #expect(try await browser.ask(.GET, "/api/v1/tasks", headers: [cookie]).status == 200)
            #expect(try await browser.ask(.GET, "/api/v1/tokens", headers: [cookie]).status == 403)
            // Out again.
            let out = try await browser.ask(.POST, "/api/v1/logout", "{}", headers: [cookie, origin])
            #expect(out.status == 200)
            #expect(try await browser.ask(.GET, "/api/v1/me", headers: [cookie]).status == 401)
        }
    }

    @Test func aCookieChangesNothingForAPageThatIsNotOfThisServer() async throws {
        try await ServerBench.run { bench in
            let code = try #require(try await bench.admin.ask(.POST, "/api/v1/login-codes").json["code"]?.string)
            let browser = HTTPClient(port: bench.port)
            let origin = ("Origin", "http://127.0.0.1:\(bench.port)" as String?)
            let letIn = try await browser.ask(.POST, "/api/v1/login", "{\"code\":\"\(code)\"}", headers: [origin])
            let cookie = ("Cookie", try Self.cookie(letIn) as String?)
            let make = "{\"daemonId\":\"d9\"}"
            for bad in [nil, "null", "http://evil.example", "http://127.0.0.1:1"] as [String?] {
                let reply = try await browser.ask(.POST, "/api/v1/daemons", make, headers: [cookie, ("Origin", bad)])
                #expect(reply.status == 403, "\(bad ?? "none")")
            }
            #expect(try await browser.ask(.POST, "/api/v1/daemons", make, headers: [cookie, origin]).status == 201)
        }
    }

    @Test func aDaemonIsNoPerson() async throws {
        try await ServerBench.run { bench in
            let daemon = HTTPClient(port: bench.port, token: bench.tokens.daemon)
            let reply = try await daemon.ask(.POST, "/api/v1/login-codes")
            #expect(reply.status == 403)
        }
    }
}
