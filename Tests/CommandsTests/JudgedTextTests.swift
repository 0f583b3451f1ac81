import Domain
import Testing

@testable import Commands

struct JudgedTextTests {
    /// What a terminal would swallow is what somebody is to see.
    @Test func nothingOfWhatIsDecidedAboutIsHidden() {
        let shown = TerminalText.judged("true; \u{1B}]0; touch /tmp/x #\u{07} echo\r\n\u{9B}1m\u{7F}")
        #expect(shown == "true; ␛]0; touch /tmp/x #␇ echo␍\n⟨U+009B⟩1m␡")
    }

    @Test func theTellingLineOfAnErrorIsTheLastThatSaysSo() {
        #expect("Hello, I begin\nfatal: disk on fire\nbye".tellingLine == "fatal: disk on fire")
        #expect("one\ntwo\n\n".tellingLine == "two" && "".tellingLine.isEmpty)
    }
}
