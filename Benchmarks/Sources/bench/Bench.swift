import Glibc

/// Measures makima beside its floors and prints Markdown tables; what it is doing goes to standard error.
@main
struct Bench {
    static func main() {
        do {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            print(options.heading)
            try Bench(laboratory: Laboratory(options), only: options.only).run()
        } catch {
            say("Error: \(error)")
            exit(1)
        }
    }

    private let laboratory: Laboratory
    /// The name of the one measurement to make, or `nil` for all.
    private let only: String?

    static let names = ["start-up", "files-100", "files-10000", "files-100000", "output", "memory", "recovery"]

    private func run() throws(BenchError) {
        if let only, !Self.names.contains(only) {
            throw .usage("'\(only)' is no measurement; there are \(Self.names.joined(separator: ", ")).")
        }
        try show("start-up") { () throws(BenchError) in try StartUp(laboratory: laboratory).measure() }
        for size in sizes { try measureTask(size) }
        let small = try Repository(files: 100, named: "small", in: laboratory)
        try show("output") { () throws(BenchError) in
            try OutputReading(laboratory: laboratory, repository: small).measure()
        }
        try show("memory") { () throws(BenchError) in
            try IdleMemory(laboratory: laboratory, repository: small).measure()
        }
        try show("recovery") { () throws(BenchError) in
            try Recovery(laboratory: laboratory, repository: small).measure()
        }
    }

    /// A size of repository with its bars.
    private struct Size {
        var files: Int
        var bars: Iterations.Bars
    }

    private var sizes: [Size] {
        let all = [
            Size(files: 100, bars: Iterations.Bars(iteration: 20, checkpoint: 13.3, processor: 20)),
            Size(files: 10_000, bars: Iterations.Bars(iteration: 45, checkpoint: 35.1, start: 60)),
            Size(files: 100_000, bars: Iterations.Bars(iteration: 200, checkpoint: 234, start: 200)),
        ]
        return laboratory.isQuick && only == nil ? Array(all.dropLast()) : all
    }

    private func measureTask(_ size: Size) throws(BenchError) {
        try show("files-\(size.files)") { () throws(BenchError) in
            let repository = try Repository(files: size.files, named: "repository", in: laboratory)
            let table = try Iterations(laboratory: laboratory, repository: repository, bars: size.bars).measure()
            try laboratory.remove(repository.path)
            return table
        }
    }

    private func show(_ name: String, _ measure: () throws(BenchError) -> Table) throws(BenchError) {
        guard only == nil || only == name else { return }
        let begun = Clocks.monotonic()
        Self.say("… \(name)")
        print(try measure().markdown)
        fflush(nil)
        Self.say("  \(name): \(Decimal.text(Clocks.monotonic() - begun)) s")
    }

    private static func say(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
