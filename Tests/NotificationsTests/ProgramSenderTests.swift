import Domain
import Processes
import TestSupport
import Testing

@testable import Notifications

struct ProgramSenderTests {
    private let directory = TemporaryDirectory("makima-program")
    private let launcher = PosixSpawnLauncher()

    @Test func aProgramGetsTheEventAndItsVariables() async throws {
        let program = directory.write(
            "#!/bin/sh\ncat > \"$1\"\nprintf '%s|%s|%s' \"$OWN\" \"$MAKIMA_NOTIFY_KIND\" \"$MAKIMA_TASK_NAME\" > \"$1.words\"\n",
            to: "tell",
            mode: 0o755
        )
        let sender = CommandSender(
            command: [program, "\(directory.path)/a b; false"],
            environment: ["PATH": "/usr/bin:/bin", "OWN": "mine"],
            launcher: launcher
        )
        #expect(await sender.send(Sample.event(), at: Sample.time) == .delivered)
        #expect(directory.read("a b; false") == JSONWriter.write(Sample.event().json) + "\n")
        #expect(directory.read("a b; false.words") == "mine|done|fix-parser")
    }

    @Test(arguments: [
        (["/bin/sh", "-c", "echo first >&2; echo last >&2; exit 3"], "it ended with exit status 3: last"),
        (["/bin/sh", "-c", "kill -9 $$"], "signal 9 ended it"), (["no-such-program"], "there is no such program"),
        ([], "it has no program"),
    ])
    func aProgramThatFailsIsNotStartedAgain(command: [String], problem: String) async {
        let sender = CommandSender(command: command, environment: ["PATH": "/usr/bin:/bin"], launcher: launcher)
        #expect(await sender.send(Sample.event(), at: Sample.time) == .refused(problem))
    }

    @Test func theDesktopIsToldWithoutAShellAndWithoutMarkup() async {
        directory.write("#!/bin/sh\nfor word; do echo \"$word\"; done > \"$OUT\"\n", to: "bin/notify-send", mode: 0o755)
        let sender = DesktopSender(
            environment: ["PATH": "\(directory.path)/bin:/usr/bin:/bin", "OUT": "\(directory.path)/out"],
            launcher: launcher
        )
        var moment = Sample.moment(.blocked(.question(text: "--help <b>$(id)</b> & `id`")))
        moment.name = "--icon=x"
        #expect(await sender.send(Sample.event(moment), at: Sample.time) == .delivered)
        let words = directory.read("out") ?? ""
        #expect(words.hasPrefix("--app-name=makima\n--urgency=critical\n--\n--icon=x asks a question\n"))
        #expect(words.contains("--help &lt;b&gt;$(id)&lt;/b&gt; &amp; `id`"))
    }

    @Test func aDesktopWithoutTheProgramSaysWhatIsMissing() async {
        let sender = DesktopSender(environment: ["PATH": "\(directory.path)/none"], launcher: launcher)
        let delivery = await sender.send(Sample.event(), at: Sample.time)
        #expect(delivery.problem?.contains("install it (libnotify-bin)") == true)
    }
}
