/// How fast the output of an agent is taken in, and what memory that takes.
struct OutputReading {
    let laboratory: Laboratory
    let repository: Repository

    /// What an agent prints.
    private enum Shape: CaseIterable {
        /// Records of 2 kB as a stream of Claude Code has them.
        case records
        case text
        /// A record of 64 MB.
        case longLine

        var title: String {
            switch self {
            case .records: "records of 2 kB"
            case .text: "plain lines of 2 kB"
            case .longLine: "one record of 64 MB"
            }
        }
    }

    private static let first = """
        {"type":"system","subtype":"init","session_id":"5f3e0d7a-8a55-4c0e-9d3b-2f1f6a0c9b11","model":"bench",\
        "cwd":"/workspace","tools":[],"permissionMode":"default"}

        """
    private static let last = """
        {"type":"result","subtype":"success","is_error":false,"session_id":"5f3e0d7a-8a55-4c0e-9d3b-2f1f6a0c9b11",\
        "result":"Nothing is ready yet.","num_turns":1,"duration_ms":1,"total_cost_usd":0.01,"usage":{}}

        """

    func measure() throws(BenchError) -> Table {
        let megabytes = laboratory.count(256, quick: 64)
        var rows: [Row] = []
        for shape in Shape.allCases {
            let path = "\(laboratory.place)/output"
            try write(shape, megabytes: shape == .longLine ? 64 : megabytes, to: path)
            rows += try rowsOf(shape, path)
            try laboratory.remove(path)
        }
        return Table(
            title: "Reading the agent's output",
            method: """
                The agent is `cat` of a file of \(megabytes) MB (64 MB for the single record). Speed is the file's size \
                by the time that the whole run takes longer than one whose agent prints an empty file. The floor is a \
                shell that writes the same to a file and then reads that file: `cat output >spool; cat spool >/dev/null`.
                """,
            rows: rows
        )
    }

    private func rowsOf(_ shape: Shape, _ path: String) throws(BenchError) -> [Row] {
        let runs = laboratory.count(3, quick: 2)
        let empty = "\(laboratory.place)/no-output"
        try Files.write("", to: empty)
        let size = Double(try Files.size(path)) / 1e6
        let nothing = try Samples(runs) { () throws(BenchError) in try read(empty).seconds }
        var peaks: [Double] = []
        let ours = try Samples(runs) { () throws(BenchError) in
            let (seconds, peak) = try read(path)
            peaks.append(peak)
            // A difference that drowns in noise says nothing; it becomes a dash.
            return seconds > nothing.median ? size / (seconds - nothing.median) : .nan
        }
        let copy = laboratory.shell("cat output >spool; cat spool >/dev/null; rm spool", in: laboratory.place)
        let floor = try Samples(runs) { () throws(BenchError) in size / (try laboratory.seconds(copy)) }
        // The bars are for lines of 2 kB; a single huge record is to be survived.
        let bar: Row.Bar? = shape == .longLine ? nil : .atLeast(300)
        return [
            Row(name: "Speed, \(shape.title)", unit: "MB/s", ours: ours, floor: ("`cat`", floor), bar: bar),
            Row(name: "Peak memory of makima, \(shape.title)", unit: "MiB", ours: Samples(peaks)),
        ]
    }

    /// Runs a task whose agent prints the file; returns the seconds and the most memory that makima had, in MiB.
    private func read(_ path: String) throws(BenchError) -> (seconds: Double, peak: Double) {
        let task = TaskRun(
            laboratory: laboratory,
            repository: repository,
            agent: .printing(path: path),
            readable: [path]
        )
        let program = try task.command()
        let running = try program.start()
        var peak = 0
        var end: Finished?
        while end == nil {
            peak = max(peak, ProcessTable.peakMemory(of: running.pid) ?? 0)
            Clocks.pause(milliseconds: 5)
            end = running.poll()
        }
        guard let end else { throw .tooLate(what: "The end of the run") }
        let finished = try program.check(end, accepting: [0, 3, 4])
        try task.removeState()
        return (finished.seconds, Double(peak) / 1024)
    }

    private func write(_ shape: Shape, megabytes: Int, to path: String) throws(BenchError) {
        let filling = "The quick brown fox jumps over the lazy dog; she said \\\"why\\\" and went on. "
        let length = shape == .longLine ? megabytes * 1_000_000 : 1700
        let text = String(repeating: filling, count: length / filling.utf8.count)
        func line(_ number: Int) -> String {
            guard shape != .text else { return text + "\n" }
            return """
                {"type":"assistant","message":{"id":"msg_\(number)","type":"message","role":"assistant","model":"bench",\
                "content":[{"type":"text","text":"\(text)"}],"stop_reason":null,"usage":{"input_tokens":3,\
                "output_tokens":400}},"parent_tool_use_id":null,"session_id":"5f3e0d7a-8a55-4c0e-9d3b-2f1f6a0c9b11"}

                """
        }
        let count = shape == .longLine ? 1 : megabytes * 1_000_000 / line(0).utf8.count
        let body = (0..<count).reduce(into: "") { $0 += line($1) }
        try Files.write(shape == .text ? body : Self.first + body + Self.last, to: path)
    }
}
