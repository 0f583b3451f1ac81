/// The programs that stand in for an agent: shell scripts that take no time to speak of, and print when they ran.
enum AgentScript {
    /// Appends a line to one file.
    case editing
    /// Changes nothing.
    case idle
    /// Prints a file.
    case printing(path: String)
    /// Does nothing for some seconds.
    case sleeping(seconds: Int)
    /// Edits, and does not come to an end in its second call.
    case hangingOnce

    var text: String {
        """
        #!/bin/bash
        echo "begin $EPOCHREALTIME"
        \(work)
        echo "end $EPOCHREALTIME"

        """
    }

    private var work: String {
        switch self {
        case .editing:
            "echo \"edited at $EPOCHREALTIME\" >>notes"
        case .idle:
            ":"
        case .printing(let path):
            "exec cat '\(path)'"
        case .sleeping(let seconds):
            "sleep \(seconds)"
        case .hangingOnce:
            "echo \"edited at $EPOCHREALTIME\" >>notes\n[ \"$(wc -l <notes)\" -ne 3 ] || sleep 600"
        }
    }

    private var name: String {
        switch self {
        case .editing: "editing"
        case .idle: "idle"
        case .printing: "printing"
        case .sleeping: "sleeping"
        case .hangingOnce: "hanging-once"
        }
    }

    /// Writes the script and returns its path.
    func install(in laboratory: Laboratory) throws(BenchError) -> String {
        let path = "\(laboratory.place)/agent-\(name)"
        // What prints a file must print nothing else: the first line decides how makima reads the output.
        let isSilent = if case .printing = self { true } else { false }
        try Files.write(isSilent ? "#!/bin/bash\n\(work)\n" : text, to: path, mode: 0o755)
        return path
    }
}

/// When one call of an agent began and ended, in seconds on the wall clock.
struct Call {
    var begun: Double
    /// `nil` while it runs.
    var ended: Double?

    /// Reads what calls printed, in the order in which they began.
    static func read(_ text: String) -> [Call] {
        var calls: [Call] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let time = Double(words[1]) else { continue }
            if words[0] == "begin" {
                calls.append(Call(begun: time))
            } else if words[0] == "end", !calls.isEmpty {
                calls[calls.count - 1].ended = time
            }
        }
        return calls.sorted { $0.begun < $1.begun }
    }

    /// The seconds from the end of each call to the beginning of the next.
    static func gaps(_ calls: [Call]) -> [Double] {
        zip(calls, calls.dropFirst()).compactMap { call, next in call.ended.map { next.begun - $0 } }
    }
}
