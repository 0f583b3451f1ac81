import Testing

@testable import ServerClient

struct EventReaderTests {
    private static let stream = "id: 7\nevent: status\ndata: {\"a\":1}\ndata: {\"b\":2}\n\n: nothing\n\ndata:x\r\n\r\n"

    @Test func eventsAreReadAsTheStandardSays() {
        var reader = EventReader()
        let events = reader.take(Self.stream.utf8)
        #expect(events.map(\.data) == ["{\"a\":1}\n{\"b\":2}", "x"])
        #expect(events.map(\.name) == ["status", "message"])
        // The id of an event holds for those after it that have none.
        #expect(events.map(\.id) == ["7", "7"])
    }

    @Test func itDoesNotMatterWhereTheBytesAreCut() {
        let bytes = Array(Self.stream.utf8)
        var whole = EventReader()
        let expected = whole.take(bytes)
        for cut in bytes.indices {
            var reader = EventReader()
            let events = reader.take(bytes[..<cut]) + reader.take(bytes[cut...])
            #expect(events == expected, "cut at \(cut)")
        }
    }

    @Test func anEventThatIsNotEndedIsNone() {
        var reader = EventReader()
        #expect(reader.take("data: half".utf8).isEmpty)
        #expect(reader.take("\n".utf8).isEmpty)
    }
}
