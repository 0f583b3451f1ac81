import Domain

/// One turn as lines of shell, with the files that they copy from.
struct TurnScript {
    private let turn: Turn
    private let directory: String
    private(set) var files: [(name: String, bytes: [UInt8])] = []
    private var printing: [String] = []
    private var writing: [String] = []
    /// Whether the turn leaves the lock of git's index behind, as an agent that is killed does.
    var leavesIndexLock = false

    /// `directory` is where the files will lie.
    init(_ turn: Turn, output: Turn.Output, directory: String) {
        self.turn = turn
        self.directory = directory
        printing = lines(of: output)
        if !turn.errorOutput.isEmpty { printing.append(shown("stderr", Array(turn.errorOutput.utf8)) + " >&2") }
        for (index, file) in turn.writes.enumerated() {
            if let slash = file.path.lastIndex(of: "/") {
                writing.append("mkdir -p \(String(file.path[..<slash]).quotedForShell)")
            }
            writing.append(shown("file-\(index)", Array(file.text.utf8)) + " > \(file.path.quotedForShell)")
        }
    }

    var text: String {
        ((refusals + printing + [pause] + writing + [shell, commit, lock] + ending).filter { !$0.isEmpty })
            .joined(separator: "\n") + "\n"
    }

    private var refusals: [String] {
        var lines = turn.refusedVariables.map { "[ -z \"${\($0)+set}\" ] || refuse '\($0) is set'" }
        if turn.leastPromptBytes > 0 {
            lines.append(
                "[ $(wc -c < \"$own/prompt\") -ge \(turn.leastPromptBytes) ] || refuse 'the prompt is too short'"
            )
        }
        return lines
    }

    private mutating func lines(of output: Turn.Output) -> [String] {
        switch output {
        case .bytes(let bytes):
            return bytes.isEmpty ? [] : [shown("stdout", bytes)]
        case .chunks(let chunks):
            var lines: [String] = []
            for (index, chunk) in chunks.enumerated() where !chunk.bytes.isEmpty {
                if chunk.delay > .zero { lines.append("sleep \(chunk.delay.inSeconds)") }
                lines.append(shown("stdout-\(index)", chunk.bytes))
            }
            return lines
        case .long(let head, let line, let tail):
            return [
                shown("head", Array((head + line.prefix).utf8)),
                "head -c \(line.count) /dev/zero | tr '\\0' '\(line.fill)'",
                shown("tail", Array((line.suffix + tail).utf8)),
            ]
        }
    }

    /// A command that prints `bytes`, which go into a file of that name.
    private mutating func shown(_ name: String, _ bytes: [UInt8]) -> String {
        files.append((name, bytes))
        let isTemplate = String(decoding: bytes, as: UTF8.self).contains("{{i}}")
        return "\(isTemplate ? "filled" : "cat") \("\(directory)/\(name)".quotedForShell)"
    }

    /// A turn that hangs needs no pause of its own.
    private var pause: String {
        turn.sleep > .zero && turn.ending == .exits ? "sleep \(turn.sleep.inSeconds)" : ""
    }

    private var shell: String {
        turn.shell.map { "sh -c \($0.quotedForShell) > /dev/null 2>&1" } ?? ""
    }

    private var commit: String {
        turn.commits ? "{ git add --all && git commit --quiet --message \"Turn $number\"; } > /dev/null 2>&1" : ""
    }

    private var lock: String { leavesIndexLock ? ": > .git/index.lock" : "" }

    private var ending: [String] {
        switch turn.ending {
        case .exits: ["exit \(turn.exit)"]
        case .hangs: [": > \"$own/hanging\"", "exec sleep 100000"]
        case .hangsIgnoringSignals:
            ["trap '' INT TERM HUP", ": > \"$own/hanging\"", "while :; do sleep 1; done"]
        }
    }
}
