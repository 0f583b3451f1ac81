import FoundationEssentials
import Fuzz
import Glibc

/// `makima-fuzz [--seconds N] [--seed N] [--once] FOLDER`: makes trials with ever new seeds until the time is over.
///
/// `FOLDER` has recordings of agents' output (`*.stdout`) at any depth. A failing trial ends it with status 1; its seed and
/// what was read are printed, and `--seed N --once` makes that trial again.
@main
struct FuzzProgram {
    static func main() {
        do {
            let options = try FuzzOptions(CommandLine.arguments.dropFirst())
            let recordings = try Recordings.read(below: options.folder)
            exit(run(options, recordings) ? 0 : 1)
        } catch {
            say("Error: \(error)")
            exit(2)
        }
    }

    private static func run(_ options: FuzzOptions, _ recordings: [ReaderTrial.Recording]) -> Bool {
        let begin = ContinuousClock.now
        var seed = options.seed
        repeat {
            let failure = GateTrial(seed: seed).failure() ?? ReaderTrial(seed: seed, of: recordings).failure()
            if let failure {
                report(failure)
                return false
            }
            seed &+= 1
        } while !options.once && begin.duration(to: .now) < .seconds(options.seconds)
        print("\((seed &- options.seed) * 2) trials from seed \(options.seed) on, all as they must be.")
        return true
    }

    private static func report(_ failure: FuzzFailure) {
        say("Error: Seed \(failure.seed): \(failure.complaint)")
        say("  Caused by: " + String(reflecting: String(decoding: failure.input.suffix(4000), as: UTF8.self)))
        say("Hint: Make it again with '--seed \(failure.seed) --once'.")
    }

    private static func say(_ text: String) {
        FileHandleWriter.write("\(text)\n")
    }
}

/// Standard error.
private enum FileHandleWriter {
    static func write(_ text: String) {
        // Nobody can be told where standard error is gone.
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// What was asked for on the command line.
private struct FuzzOptions {
    private(set) var seconds = 60
    private(set) var seed: UInt64 = 1
    private(set) var once = false
    private(set) var folder = ""

    init(_ arguments: ArraySlice<String>) throws(Problem) {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--seconds": seconds = Int(try Self.number(&rest, argument))
            case "--seed": seed = try Self.number(&rest, argument)
            case "--once": once = true
            case _ where argument.hasPrefix("-"): throw Problem(message: "There is no option '\(argument)'.")
            default: folder = argument
            }
        }
        guard !folder.isEmpty else { throw Problem(message: "Name a folder with recordings.") }
    }

    private static func number(_ rest: inout ArraySlice<String>, _ option: String) throws(Problem) -> UInt64 {
        guard let text = rest.popFirst(), let number = UInt64(text), number <= Int.max else {
            throw Problem(message: "'\(option)' needs a number.")
        }
        return number
    }
}

private struct Problem: Error, CustomStringConvertible {
    var message: String

    var description: String { "\(message)\nHint: makima-fuzz [--seconds N] [--seed N] [--once] FOLDER" }
}

private enum Recordings {
    static func read(below folder: String) throws -> [ReaderTrial.Recording] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".stdout") }
            .sorted()
        let recordings = names.compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)")
                .map { ReaderTrial.Recording(name: name, output: Array($0)) }
        }
        guard !recordings.isEmpty else { throw Problem(message: "There are no recordings below '\(folder)'.") }
        return recordings
    }
}
