import Glibc
import Simulation

/// `makima-simulate (--seed N | --count N [--first N] [--seconds N] | --plants) [--plant NAME]`: plays simulated
/// histories.
///
/// A violation ends it with status 1; its seed and the history are printed, and `--seed N` plays it again.
@main
struct SimulateProgram {
    static func main() async {
        do {
            let options = try SimulateOptions(CommandLine.arguments.dropFirst())
            exit(try await run(options) ? 0 : 1)
        } catch {
            say("Error: \(error)")
            exit(2)
        }
    }

    private static func run(_ options: SimulateOptions) async throws -> Bool {
        switch options.mode {
        case .one(let seed): try await playOne(seed, options.plant)
        case .many(let seeds): try await playMany(seeds, options)
        case .plants(let seeds): try await findPlants(seeds)
        }
    }

    private static func playOne(_ seed: UInt64, _ plant: Plant?) async throws -> Bool {
        let campaign = Campaign(seeds: seed...seed, plant: plant, workers: 1)
        let history = try await campaign.play(seed, isLogging: true)
        for (number, line) in history.log.enumerated() { print("\(number + 1)  \(line)") }
        guard let violation = history.violation else { return true }
        say("Error: Seed \(seed): \(violation)")
        return false
    }

    private static func playMany(_ seeds: ClosedRange<UInt64>, _ options: SimulateOptions) async throws -> Bool {
        let begin = ContinuousClock.now
        let end = begin + .seconds(Int64(options.seconds))
        var campaign = Campaign(seeds: seeds, plant: options.plant, workers: workers)
        campaign.mayGoOn = { ContinuousClock.now < end }
        let outcome = try await campaign.run()
        if let failure = outcome.failure {
            for line in failure.log.suffix(40) { say(line) }
            let option = options.plant.map { " --plant \($0.rawValue)" } ?? ""
            say("Error: Seed \(failure.seed): \(failure.violation ?? "nothing")")
            say("Hint: 'scripts/simulate --seed \(failure.seed)\(option)' prints all of it.")
            return false
        }
        let seconds = max((ContinuousClock.now - begin) / .seconds(1), 0.001)
        let rate = Int((Double(outcome.histories) / seconds).rounded())
        print(
            "\(outcome.histories) histories of \(outcome.steps) steps, from seed \(seeds.lowerBound) on, in "
                + "\(Int(seconds)) s: \(rate) a second. All as they must be."
        )
        return true
    }

    /// Says for each bug which seed finds it first.
    private static func findPlants(_ seeds: ClosedRange<UInt64>) async throws -> Bool {
        var hasFoundAll = true
        for plant in Plant.allCases {
            let outcome = try await Campaign(seeds: seeds, plant: plant, workers: 1).run()
            let found = outcome.failure.map { "seed \($0.seed): \($0.violation ?? "")" }
            print("\(plant.rawValue): \(found ?? "not found")")
            hasFoundAll = hasFoundAll && found != nil
        }
        return hasFoundAll
    }

    private static var workers: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    private static func say(_ text: String) {
        // Nobody can be told where standard error is gone.
        _ = Array("\(text)\n".utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// What was asked for on the command line.
private struct SimulateOptions {
    enum Mode {
        case one(UInt64)
        case many(ClosedRange<UInt64>)
        case plants(ClosedRange<UInt64>)
    }

    let mode: Mode
    private(set) var plant: Plant?
    /// After so many no history begins.
    private(set) var seconds: UInt64 = 3600

    init(_ arguments: ArraySlice<String>) throws(Problem) {
        var (rest, first, count, seed, wantsPlants) = (arguments, UInt64(1), UInt64(0), UInt64?.none, false)
        while let argument = rest.popFirst() {
            switch argument {
            case "--seed": seed = try Self.number(&rest, argument)
            case "--count": count = try Self.number(&rest, argument)
            case "--seconds": seconds = try Self.number(&rest, argument)
            case "--first": first = try Self.number(&rest, argument)
            case "--plants": wantsPlants = true
            case "--plant": plant = try Self.plant(&rest)
            default: throw Problem(message: "There is no option '\(argument)'.")
            }
        }
        if let seed {
            mode = .one(seed)
        } else if wantsPlants {
            mode = .plants(1...max(1, count == 0 ? 1000 : count))
        } else if count > 0 {
            mode = .many(first...(first + count - 1))
        } else {
            throw Problem(message: "Say what to play.")
        }
    }

    private static func number(_ rest: inout ArraySlice<String>, _ option: String) throws(Problem) -> UInt64 {
        guard let text = rest.popFirst(), let number = UInt64(text), number <= UInt32.max else {
            throw Problem(message: "'\(option)' needs a number.")
        }
        return number
    }

    private static func plant(_ rest: inout ArraySlice<String>) throws(Problem) -> Plant {
        let name = rest.popFirst() ?? ""
        guard let plant = Plant(rawValue: name) else {
            let known = Plant.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(message: "There is no plant '\(name)'; there are \(known).")
        }
        return plant
    }
}

private struct Problem: Error, CustomStringConvertible {
    var message: String

    var description: String {
        "\(message)\nHint: makima-simulate (--seed N | --count N [--first N] [--seconds N] | --plants [--count N]) [--plant NAME]"
    }
}
