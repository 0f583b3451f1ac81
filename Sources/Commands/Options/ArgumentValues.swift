import ArgumentParser
import Domain

extension SandboxMode: ExpressibleByArgument {}
extension NetworkMode: ExpressibleByArgument {}
extension PermissionMode: ExpressibleByArgument {}
extension CompletionAction: ExpressibleByArgument {}
extension ContextMode: ExpressibleByArgument {}
extension StallStrategy: ExpressibleByArgument {}

/// An amount of dollars as typed: `5`, `0.50` or `$0.50`.
struct DollarArgument: ExpressibleByArgument, Hashable {
    let amount: USD

    init?(argument: String) {
        let digits = argument.hasPrefix("$") ? argument.dropFirst() : argument[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
            let number = Double(String(digits)), let amount = USD(dollars: number)
        else { return nil }
        self.amount = amount
    }
}

/// A time as typed: `90s`, `30m`, `1h30m`, `2d`.
///
/// A bare number would leave the unit to a guess, so it is refused.
struct DurationArgument: ExpressibleByArgument, Hashable {
    let duration: Duration

    init?(argument: String) {
        var seconds: Int64 = 0
        var rest = argument[...]
        var smallestUnit = Int64.max
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let count = Int64(digits), let unit = Self.seconds(in: letters), unit < smallestUnit else {
                return nil
            }
            let (product, overflows) = count.multipliedReportingOverflow(by: unit)
            guard !overflows, product < Self.longest, seconds + product < Self.longest else { return nil }
            seconds += product
            smallestUnit = unit
        }
        guard smallestUnit != .max else { return nil }
        duration = .seconds(seconds)
    }

    /// Says what is missing where only that is: `5` could be seconds or hours.
    static func parse(_ argument: String) throws -> DurationArgument {
        if let value = DurationArgument(argument: argument) { return value }
        let isNumber = !argument.isEmpty && argument.utf8.allSatisfy { (0x30...0x39).contains($0) }
        throw ValidationError(
            isNumber
                ? "The unit is missing: write \(argument)s, \(argument)m, \(argument)h or \(argument)d."
                : "Write a time as 90s, 30m, 1h30m or 2d."
        )
    }

    /// A hundred years.
    private static let longest: Int64 = 100 * 366 * 86_400

    private static func seconds(in unit: Substring) -> Int64? {
        switch unit {
        case "s", "sec": 1
        case "m", "min": 60
        case "h": 3600
        case "d": 86_400
        default: nil
        }
    }
}

/// The commands given by `--check`.
enum CheckArguments {
    static func validate(_ commands: [String]) throws {
        guard commands.allSatisfy({ !$0.allSatisfy(\.isWhitespace) }) else {
            throw ValidationError("A '--check' is empty: give a command, as 'make test'.")
        }
    }

    /// Two equal commands are one check: a name is unique within a task.
    static func definitions(_ commands: [String]) -> [CheckDefinition] {
        var seen: Set<String> = []
        return commands.filter { seen.insert($0).inserted }.map { CheckDefinition(name: $0, command: $0) }
    }
}
