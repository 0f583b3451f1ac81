import LoopCore
import Testing

struct ErrorSignatureTests {
    /// The same error, twice.
    @Test(arguments: [
        ("2026-02-01T10:11:01.123Z Error: x", "2026-02-02T10:12:02.456Z Error: x"),
        ("2026-02-01 10:11:01 x", "2026-02-03 23:59:59,123 x"),
        ("2026/02/01 x", "2026/12/31 x"),
        ("[10:11:01] x", "[23:01:59] x"),
        ("at 10:11 x", "at 23:59 x"),
        ("10:11:01+02:00 x", "10:11:02-0700 x"),
        ("3:50pm x", "11:05 PM x"),
        ("Feb  1 10:11:01 host x", "Mar 12 10:11:01 host x"),
        ("Sun, 01 Feb 2026 10:11:01 GMT x", "Mon, 02 Mar 2026 11:11:01 GMT x"),
        ("Sun Feb  1 10:11:01 UTC 2026 x", "Tue Mar  3 10:11:01 UTC 2027 x"),
        ("Build failed in 12.1s", "Build failed in 9.75s"),
        ("took 3 min 05 s", "took 4 min 51 s"),
        ("took 1m2.5s", "took 11m20s"),
        ("waited 20 seconds", "waited 31 seconds"),
        ("12 ms", "3000 ms"),
        ("12µs", "7µs"),
        ("segfault at 0x00007f07", "segfault at 0xdeadbeef"),
        ("src/main.swift:41:4: error: x", "src/main.swift:142:15: error: x"),
        ("main.py:41: x", "main.py:7: x"),
        ("src/a.ts(41,4): error TS2304", "src/a.ts(5,10): error TS2304"),
        ("File \"a.py\", line 41, in f", "File \"a.py\", line 7, in f"),
        ("error on line: 3, column 5", "error on line: 30, column 55"),
        (" 41 |     let x = y", "142 |     let x = y"),
        ("/tmp/build-aaaaaa/src/main.c: x", "/tmp/build-bbbbbb/src/main.c: x"),
        ("/private/tmp/x1/main.c x", "/private/tmp/x2/main.c x"),
        ("'/var/folders/xy/abc123/T/tmp.1' x", "'/var/folders/zz/def/T/tmp.1' x"),
        ("open /tmp/tmp8a7sd: x", "open /tmp/tmpqq1: x"),
        ("id 3617d7ce-03a5-4def-9367-209a4568d324 x", "id aaaad7ce-03a5-4def-9367-209a4568d324 x"),
        ("commit 4f2a9c81d0 x", "commit 0000aaaa11 x"),
        ("request_id req_011CX1", "request_id req_011CZoxfN7gf"),
        ("toolu_01abcdef x", "toolu_99zzzzzz x"),
        ("pid 123 died", "pid 4567 died"),
        ("sshd[1234]: x", "sshd[99999]: x"),
        ("a.sh: line 3: 12345 Segmentation fault", "a.sh: line 3:  7 Segmentation fault"),
        ("a.sh: line 3: 12345 Killed", "a.sh: line 3: 54321 Killed"),
        ("process 12345 died", "process 54321 died"),
        ("connect localhost:54321 refused", "connect localhost:8080 refused"),
        ("connect 127.0.0.1:54321 refused", "connect 127.0.0.1:1234 refused"),
        ("port 3000 in use", "port 3001 in use"),
        ("\u{1B}[31merror\u{1B}[0m: x", "error: x"),
        ("\u{1B}]0;title\u{7}error: x", "error: x"),
        ("a   b\t c  ", "a b c"),
        ("epoch 1762952400 x", "epoch 1774447200 x"),
        ("x\r\n\r\n----\n", "x\n"),
    ])
    func areTheSame(_ first: String, _ second: String) {
        #expect(ErrorSignature.normalise(first) == ErrorSignature.normalise(second))
        #expect(!ErrorSignature.normalise(first).isEmpty)
    }

    /// Errors that are not the same.
    @Test(arguments: [
        ("expected 3 got 4", "expected 3 got 5"),
        ("12 tests failed", "11 tests failed"),
        ("error[E0308]: x", "error[E0309]: x"),
        ("HTTP 404", "HTTP 500"),
        ("error TS2304", "error TS2305"),
        ("test_a failed", "test_b failed"),
        ("exit status 1", "exit status 2"),
        ("src/a.swift:1:1: x", "src/b.swift:1:1: x"),
        ("index[3] is nil", "index[4] is nil"),
        ("count:3", "count:4"),
        ("version 1.2.3", "version 1.2.4"),
        ("first\nsecond", "first\nthird"),
        ("process 3 files", "process 4 files"),
        ("12 Killed mutants", "13 Killed mutants"),
        ("f(1) = 2", "f(2) = 2"),
        ("/home/u/a.c x", "/home/u/b.c x"),
        ("/tmp/x/a.c x", "/tmp/x/b.c x"),
        ("cannot find 'foo' in scope", "cannot find 'bar' in scope"),
        ("may 4 fail", "may fail"),
        ("deadbeef", "cafebabe"),
        ("50%", "60%"),
        ("3 of 7", "4 of 7"),
        ("Error: ä", "Error: ö"),
    ])
    func areDifferent(_ first: String, _ second: String) {
        #expect(ErrorSignature.normalise(first) != ErrorSignature.normalise(second))
    }

    @Test(arguments: [
        (
            "2026-02-01T10:11:01.123Z Error: Build failed in 12.1s\n/private/tmp/build-aaaaaa/src/main.swift:41:4: "
                + "error: cannot find 'foo' in scope (0x00007f07)\nrequest_id req_011CX1\n",
            "<time> Error: Build failed in <duration>\n<tmp>/main.swift:<n>: error: cannot find 'foo' in scope "
                + "(<address>)\nrequest_id <id>"
        ),
        ("", ""), ("\n \n====\n", ""), (":", ""), ("at 9:5", "at 9:5"), ("line", "line"), ("1", "1"),
        ("[", ""), ("x(", "x("), ("0x", "0x"), ("x:", "x:"), ("\u{1B}", ""), ("x\u{1B}[", "x"),
        ("Sun", "Sun"), ("Feb", "Feb"), ("12.", "12."), ("1.5", "1.5"), ("/tmp/", "/tmp/"), ("/tmp", "/tmp"),
    ])
    func becomes(_ text: String, _ signature: String) {
        #expect(ErrorSignature.normalise(text) == signature)
    }

    @Test func onlyTheLastLinesCount() {
        let lines = (1...30).map { "step \($0)" }
        let signature = ErrorSignature.normalise(lines.joined(separator: "\n"))
        #expect(signature == lines.suffix(20).joined(separator: "\n"))
    }

    @Test func aTextOfAnyLengthIsSurvived() {
        let long = String(repeating: "1:", count: 50_000)
        #expect(ErrorSignature.normalise(long).utf8.count <= 1 << 15)
    }
}
