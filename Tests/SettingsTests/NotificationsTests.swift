import Domain
import FoundationEssentials
import Settings
import Testing

struct NotificationsTests {
    @Test func targetsComeByName() throws {
        let configuration = try Reading.configuration(
            user: """
                [notify.phone]
                url = "https://ntfy.sh/mytopic"
                format = "ntfy"
                secret_env = "MAKIMA_NOTIFY_SECRET"
                least = "high"
                [notify.desk]
                kind = "desktop"
                [notify.own]
                kind = "command"
                command = ["/usr/local/bin/tell", "me"]
                most_per_hour = 5
                """
        )
        #expect(configuration.notificationTargets.map(\.name) == ["desk", "own", "phone"])
        var phone = NotificationTarget(name: "phone")
        phone.url = "https://ntfy.sh/mytopic"
        phone.format = .ntfy
        phone.secretVariable = "MAKIMA_NOTIFY_SECRET"
        phone.least = .high
        #expect(configuration.notificationTargets.last == phone)
        #expect(configuration.notificationTargets[1].command == ["/usr/local/bin/tell", "me"])
        #expect(configuration.notificationTargets[1].mostPerHour == 5)
    }

    @Test(arguments: [
        ("[notify.a]\n", "'notify.a.url'", "it is missing"),
        ("[notify.a]\nurl = \"http://ntfy.sh/x\"\n", "'notify.a.url'", "'allow_private'"),
        ("[notify.a]\nurl = \"https://me@ntfy.sh/x\"\n", "'notify.a.url'", "it must be a URL"),
        ("[notify.a]\nurl = \"https://ntfy.sh/x\"\nformat = \"telegram\"\n", "'notify.a.chat_id'", "it is missing"),
        ("[notify.a]\nurl = \"https://ntfy.sh/x\"\nformat = \"slak\"\n", "'notify.a.format'", "did you mean 'slack'?"),
        ("[notify.a]\nurl = \"https://ntfy.sh/x\"\nsecret_env = \"A B\"\n", "'notify.a.secret_env'", "no name"),
        ("[notify.a]\nkind = \"command\"\n", "'notify.a.command'", "it is missing"),
        ("[notify.\"a b\"]\nkind = \"desktop\"\n", "'notify.a b'", "letters, digits"),
        ("[notify]\na = 3\n", "'notify.a'", "[notify.a]"), ("notify = 3\n", "'notify'", "[notify.NAME]"),
        ("[notify.a]\nkind = \"desktop\"\ncolour = 1\n", "'notify.a.colour'", "no such setting"),
    ])
    func whatIsNoTargetIsRefused(text: String, key: String, part: String) {
        let problems = Reading.problems(user: text).texts
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains(key) == true, "\(problems)")
        #expect(problems.first?.contains(part) == true, "\(problems)")
    }

    @Test func theExamplesOfTheDocumentAreValid() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = String(
            decoding: try Data(contentsOf: URL(filePath: "/\(root)/docs/NOTIFICATIONS.md")),
            as: UTF8.self
        )
        let examples = text.split(separator: "```toml\n").dropFirst().compactMap { $0.split(separator: "```").first }
        #expect(examples.count == 8)
        for example in examples {
            #expect(Reading.problems(user: String(example)).texts == [])
        }
    }

    @Test func aRepositoryTellsNobody() {
        let problems = Reading.problems(repository: "[notify.a]\nurl = \"https://evil.example/\"\n").texts
        #expect(problems.count == 1)
        #expect(problems.first?.contains("a repository may not set it") == true)
    }

    @Test func aURLIsShownByItsHostOnly() throws {
        let url = "https://hooks.slack.com/services/T0/B0/t0ps3cret"
        let configuration = try Reading.configuration(user: "[notify.a]\nurl = \"\(url)\"\n")
        let row = try #require(configuration.explain().first { $0.key == "notify.a.url" })
        #expect(row.value == "https://hooks.slack.com/…")
        #expect(row.json == .string("https://hooks.slack.com/…"))
        #expect("\(row.origin)" == "config.toml:2")
        let wrong = Reading.problems(user: "[notify.a]\nurl = \"\(url) x\"\n").texts
        #expect(wrong.count == 1)
        #expect(!wrong.joined().contains("t0ps3cret"))
    }

    @Test func inTheClearIsForWhoAllowsIt() throws {
        let text = "[notify.a]\nurl = \"http://127.0.0.1:8080/x\"\nallow_private = true\n"
        #expect(try Reading.configuration(user: text).notificationTargets.first?.allowsPrivate == true)
    }
}
