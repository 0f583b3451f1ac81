import Glibc

/// `makima-replay [--only ID…] [--verbose] [--unconfined] FILE…`: plays scenarios and says which end as they should.
@main
struct ReplayProgram {
    static func main() async {
        do {
            let options = try ReplayOptions(CommandLine.arguments.dropFirst())
            exit(try await ReplayReport(options: options).run() ? 0 : 1)
        } catch {
            Printed.error("Error: \(error)")
            exit(2)
        }
    }
}

/// Lines for people, written at once: a play may take seconds.
enum Printed {
    static func line(_ text: String) { write(text, to: STDOUT_FILENO) }

    static func error(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        // A reader that is gone does not want the rest.
        _ = Array("\(text)\n".utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
