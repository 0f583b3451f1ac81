import Domain
import Testing

@testable import Notifications

struct FormatTests {
    private static let hostile = "<!here> & [click](https://evil.example) @everyone *b* `c`\r\nX-Injected: 1"

    private func message(
        _ format: NotificationTarget.Format,
        _ event: NotificationEvent = Sample.event()
    ) -> WebhookMessage {
        WebhookMessage(
            event,
            for: Sample.target { target in
                target.format = format
                target.chatID = "42"
            }
        )
    }

    private func text(_ format: NotificationTarget.Format, _ event: NotificationEvent = Sample.event()) -> String {
        String(decoding: message(format, event).body, as: UTF8.self)
    }

    private var asking: NotificationEvent {
        var moment = Sample.moment(.blocked(.question(text: Self.hostile)))
        moment.question = .init(text: Self.hostile, number: nil, isPermission: false)
        moment.name = "näme<b>*"
        return Sample.event(moment)
    }

    private let facts = "Task k7xq · 3 iterations · $1.20 · branch makima/fix-parser · /srv/project · on build"

    @Test func slackIsGivenItsText() {
        #expect(
            text(.slack)
                == #"{"text":"*fix-parser is done, and verified*\nThe agent stated that it is ready, and every check passed.\n"#
                + #"Look at it with 'makima diff k7xq'.\n\#(facts)\nhttp://127.0.0.1:7420/tasks/\#(Sample.id())","unfurl_links":false,"unfurl_media":false}"#
        )
    }

    @Test func slackFindsNeitherLinksNorMentionsInText() {
        let text = text(.slack, asking)
        #expect(text.contains("&lt;!here&gt; &amp; [click]"))
        #expect(!text.contains("<"))
        #expect(text.hasPrefix(#"{"text":"*näme&lt;b&gt;∗ asks a question*"#))
    }

    @Test func discordMentionsNobodyAndShowsTextAsItIs() throws {
        let value = try JSONParser.parse(message(.discord, asking).body)
        #expect(value["allowed_mentions"]?["parse"]?.array == [])
        #expect(value["flags"]?.int == 4)
        let content = try #require(value["content"]?.string)
        #expect(content.hasPrefix(#"**näme\<b\>\* asks a question**"#))
        #expect(content.contains(#"\<!here\> & \[click\]\(https://evil.example\) @everyone \*b\* \`c\` X-Injected: 1"#))
    }

    @Test func discordIsNotGivenMoreThanItTakes() throws {
        var moment = Sample.moment(.blocked(.question(text: String(repeating: "*", count: 3000))))
        moment.name = String(repeating: "_", count: 300)
        moment.repository = "/" + String(repeating: "[", count: 1000)
        moment.branch = String(repeating: "]", count: 1000)
        let content = try #require(JSONParser.parse(message(.discord, Sample.event(moment)).body)["content"]?.string)
        #expect(content.utf16.count <= 2000)
    }

    @Test func telegramTakesTextForText() throws {
        let value = try JSONParser.parse(message(.telegram, asking).body)
        #expect(value["chat_id"]?.string == "42")
        #expect(value["parse_mode"] == nil)
        #expect(value["link_preview_options"]?["is_disabled"]?.bool == true)
        #expect(value["text"]?.string?.hasPrefix("näme<b>* asks a question\n<!here> & [click]") == true)
    }

    @Test func ntfyHasHeadersWithoutLineBreaks() {
        let message = message(.ntfy, asking)
        let headers = Dictionary(uniqueKeysWithValues: message.headers.map { ($0.name, $0.value) })
        #expect(headers["Title"] == "=?UTF-8?B?bsOkbWU8Yj4qIGFza3MgYSBxdWVzdGlvbg==?=")
        #expect(headers["Priority"] == "4")
        #expect(headers["Tags"] == "makima,question")
        #expect(headers["Click"] == "http://127.0.0.1:7420/tasks/\(Sample.id())")
        for header in message.headers { #expect(header.value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }) }
        #expect(String(decoding: message.body, as: UTF8.self).hasPrefix("<!here> & [click]"))
        #expect(message.body.count < 4096)
    }

    @Test func plainTitlesStayReadable() {
        #expect(message(.ntfy).headers.contains(.init(name: "Title", value: "fix-parser is done, and verified")))
    }

    @Test func whatWasHeldBackIsSaid() {
        var event = Sample.event()
        event.heldBack = 1
        #expect(text(.ntfy, event).contains("1 notification was held back before."))
        let summary = NotificationEvent.heldBack(.init(count: 7, needing: []), at: Sample.time, from: Sample.origin)
        #expect(summary.title == "makima: 7 held back")
        #expect(text(.ntfy, summary).hasPrefix("7 notifications were held back, because"))
        #expect(text(.json, summary).contains(#""taskId":null"#))
    }

    @Test func aSignatureProvesTimeAndBody() {
        let headers = WebhookSignature.headers(body: Array("{}".utf8), secret: "s3cret", at: Sample.time)
        let code = HMACSHA256.code(for: Array("1772000000.{}".utf8), key: Array("s3cret".utf8))
        #expect(
            headers == [
                .init(name: "X-Makima-Timestamp", value: "1772000000"),
                .init(name: "X-Makima-Signature", value: "sha256=\(code)"),
            ]
        )
    }
}
