import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// `makima top` on a real terminal, which tmux plays.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct TopTests {
    @Test func itIsSteeredByKeysAndLeavesTheScreenAsItWas() async throws {
        try await onTerminal { terminal in
            try await terminal.type("sh -c 'echo $$ >pid; exec \(Installation.makima) top'", "Enter")
            try await terminal.until("Alpha task", "Beta task", "this machine", "q quit")
            #expect(try await terminal.standing() == "1 0")
            try await terminal.type("j", "Enter")
            try await terminal.until("Log of", "── iteration 1", "I tell a story", "Alpha task")
            try await terminal.type("Escape")
            try await terminal.until("Used 1 of 1 allowed iteration")
            try await terminal.type("/", "beta")
            try await terminal.until { !$0.contains("Alpha") && $0.contains("Filter: beta") }
            try await terminal.type("Enter")
            try await terminal.tmux("resize-window", "-x", "40", "-y", "10")
            try await terminal.until { $0.split(separator: "\n").count == 10 && $0.contains("q quit") }
            try await terminal.type("Escape")
            try await terminal.until("Alpha", "Beta")
            try await terminal.tmux("resize-window", "-x", "80", "-y", "24")
            try await terminal.until("Alpha task", "▸   ", "Enter log")
            try await terminal.type("q")
            try await terminal.expectAsBefore()
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT])
    func asSoonAsASignalEndsItTheTerminalIsAsBefore(_ signal: Int32) async throws {
        try await onTerminal { terminal in
            try await terminal.type("sh -c 'echo $$ >pid; exec \(Installation.makima) top'", "Enter")
            try await terminal.until("Alpha task", "q quit")
            #expect(kill(try await terminal.process(), signal) == 0)
            try await terminal.expectAsBefore()
        }
    }

    @Test func itEndsWithItsTerminal() async throws {
        try await onTerminal { terminal in
            try await terminal.type("sh -c 'echo $$ >pid; exec \(Installation.makima) top'", "Enter")
            try await terminal.until("Alpha task", "q quit")
            let process = try await terminal.process()
            try await terminal.tmux("kill-server")
            try await terminal.until(what: "the process is gone") { kill(process, 0) != 0 }
        }
    }

    @Test func withoutATerminalItSaysWhatToDo() async throws {
        let installation = try await Installation()
        let answer = try await installation.makima("top")
        #expect(answer.status == .code(2) && answer.output.isEmpty)
        #expect(answer.errorOutput.hasPrefix("Error: 'makima top' draws on a terminal"))
        #expect(answer.errorOutput.contains("Hint: 'makima list'"))
    }

    /// A message that is said to a task at work is there when the terminal is not any more.
    @Test func whatIsSaidIsQueued() async throws {
        try await onTerminal { terminal in
            try await terminal.type("\(Installation.makima) top", "Enter")
            try await terminal.until("Beta task", "m message")
            try await terminal.type("m")
            try await terminal.until("To ")
            try await terminal.type("Look at the tests", "Enter", "q")
            try await terminal.expectAsBefore()
            let shown = try await terminal.installation.makima("show", "Beta")
            #expect(shown.output.contains("Look at the tests  queued"), "\(shown.output)")
        }
    }

    /// Lets `body` use a terminal of two tasks that are over, and ends it.
    private func onTerminal(_ body: (PlayedTerminal) async throws -> Void) async throws {
        var installation = try await Installation()
        installation.agent("cat >/dev/null; echo I tell a story; echo x >>x")
        for name in ["Alpha task", "Beta task"] {
            let answer = try await installation.makima("run", name, "--agent", "double", "--max-iterations", "1")
            try #require(answer.status == .code(3), "\(answer.errorOutput)")
        }
        let terminal = PlayedTerminal(installation: installation)
        do {
            try await terminal.start()
            try await body(terminal)
        } catch {
            Issue.record("\(try await terminal.screen())")
            try await terminal.end()
            throw error
        }
        try await terminal.end()
    }
}

/// A terminal with a shell in the repository, played by a tmux of the test's own.
private struct PlayedTerminal {
    let installation: Installation
    private let launcher = PosixSpawnLauncher()

    private var directory: String { installation.directory.path }

    @discardableResult
    func tmux(_ arguments: String...) async throws -> CommandResult { try await tmux(arguments) }

    private func tmux(_ arguments: [String]) async throws -> CommandResult {
        var environment = installation.environment
        (environment["PS1"], environment["TERM"], environment["SHELL"]) = ("$ ", "xterm-256color", "/bin/sh")
        let command = Command(
            "tmux",
            ["-S", "\(directory)/tmux", "-f", "/dev/null"] + arguments,
            environment: environment,
            directory: installation.repository
        )
        return try await launcher.run(command, timeout: .seconds(240), outputCap: 1 << 20)
    }

    func start() async throws {
        let started = try await tmux("new-session", "-d", "-x", "80", "-y", "24", "sh")
        try #require(started.status.isSuccess, "\(String(decoding: started.errorOutput, as: UTF8.self))")
        try await type("stty -g >before; echo what 'was there'", "Enter")
        try await until("what was there")
    }

    /// Where it was ended before, there is nothing to end.
    func end() async throws { try await tmux("kill-server") }

    /// Names of keys are pressed, other text is typed.
    func type(_ keys: String...) async throws { _ = try await tmux(["send-keys"] + keys) }

    func screen() async throws -> String {
        String(decoding: try await tmux("capture-pane", "-p").output, as: UTF8.self)
    }

    /// Whether the alternate screen and the cursor are shown, as `1 0`.
    func standing() async throws -> String {
        let answer = try await tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}")
        return String(decoding: answer.output, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The process that wrote its number into the file `pid`.
    func process() async throws -> pid_t {
        try await until(what: "a number") { number != nil }
        return try #require(number)
    }

    private var number: pid_t? {
        TestFiles.read("\(installation.repository)/pid")?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    func until(_ texts: String...) async throws {
        try await until { screen in texts.allSatisfy { screen.contains($0) } }
    }

    func until(_ isMet: (String) -> Bool) async throws {
        try await until(what: "the screen shows it") { isMet(try await screen()) }
    }

    struct Overdue: Error { var what: String }

    func until(what: String, _ isMet: () async throws -> Bool) async throws {
        let deadline = ContinuousClock().now + .seconds(240)
        while try await !isMet() {
            guard ContinuousClock().now < deadline else { throw Overdue(what: what) }
            // Nothing tells when a terminal has changed.
            usleep(20_000)
        }
    }

    /// Expects the shell's screen, its cursor and its modes to be those from before.
    func expectAsBefore() async throws {
        try await until { $0.contains("what was there") && !$0.contains("Alpha") }
        #expect(try await standing() == "0 1")
        try await type("stty -g >after; echo and 'this is after'", "Enter")
        try await until("and this is after")
        let (before, after) = (TestFiles.read("\(installation.repository)/before"), "\(installation.repository)/after")
        #expect(before != nil && TestFiles.read(after) == before)
    }
}
