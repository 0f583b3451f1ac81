import Domain
import Testing

/// Dates as headers have them, and how long a service asks to wait.
struct HTTPDateTests {
    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("sun, 29 nov 2026 13:00:00 gmt", "2026-11-29T13:00:00Z"),
            ("Sunday, 29-Nov-26 13:00:00 GMT", "2026-11-29T13:00:00Z"),
            ("Tue, 29 Feb 2028 23:59:59 GMT", "2028-02-29T23:59:59Z"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"),
            ("Wed, 01-Jan-69 00:00:00 GMT", "2069-01-01T00:00:00Z"),
            ("Thu, 01-Jan-70 00:00:00 GMT", "1970-01-01T00:00:00Z"),
            ("Sun, 29 Nov 2026 13:00:00 GMT, and more", "2026-11-29T13:00:00Z"),
            ("Sun Nov 29 13:00:00 2026)", "2026-11-29T13:00:00Z"),
            ("Mon, 29 Nov 2026 13:00:00 GMT", "2026-11-29T13:00:00Z"),
        ]
    )
    func readsEachForm(text: String, time: String) {
        #expect(HTTPDate.leading(text)?.iso8601 == time)
    }

    @Test(arguments: [
        "", "30", "Sun", "Sun,", "Sun, 29 Nov 2026", "Sun, 29 Nov 2026 13:00:00", "Sun, 29 Nov 2026 13:00 GMT",
        "Sun, 29 Nov 26 13:00:00 GMT", "Sun, 29-Nov-2026", "Sun, 29 Nov 2026 24:00:00 GMT",
        "Sun, 29 Nov 2026 13:60:00 GMT", "Sun, 29 Nov 2026 13:00:61 GMT", "Sun, 29 Nov 2026 13:00:00 CET",
        "Sun, 29 Nov 2026 13:00:00 GMT+1", "Sun, 29 Nov 2026 13:00:00 GMTX", "Sun, 00 Nov 2026 13:00:00 GMT",
        "Sun, 31 Nov 2026 13:00:00 GMT", "Mon, 29 Feb 2027 13:00:00 GMT", "Sun, 29 Nem 2026 13:00:00 GMT",
        "Som, 29 Nov 2026 13:00:00 GMT", "29 Nov 2026 13:00:00 GMT", "2026-11-29T13:00:00Z", "Sun Nov 29 13:00:00",
        "Sun Nov 29 13:00:00 26", "Sun Nov 29 13:00:00 20261", "Sun, 2٩ Nov 2026 13:00:00 GMT",
        "Sun, 29 Nov 2026 1:00:00 GMT", "Sun, +9 Nov 2026 13:00:00 GMT",
    ])
    func readsNothingElse(text: String) {
        #expect(HTTPDate.leading(text) == nil)
    }

    @Test(
        arguments: [
            ("0", .zero), ("30", .seconds(30)), ("99999999", .seconds(99_999_999)), ("999999999", nil), ("-1", nil),
            ("", nil), ("soon", nil), ("1.5", nil), ("Sun, 29 Nov 2026 13:00:00 GMT", .seconds(90)),
            ("Sun, 29 Nov 2026 12:58:30 GMT", .zero), ("Sun, 06 Nov 1994 08:49:37 GMT", .zero),
            ("Sun, 31 Nov 2026 13:00:00 GMT", nil),
        ] as [(String, Duration?)]
    )
    func aWaitIsANumberOrADate(header: String, wait: Duration?) {
        // 2026-11-29T12:58:30Z
        let now = Timestamp(millisecondsSince1970: 1_795_957_110_000)
        #expect(RetryAfter.wait(header, at: now) == wait)
    }
}
