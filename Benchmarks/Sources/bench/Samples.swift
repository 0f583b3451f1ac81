/// The values of one quantity.
struct Samples {
    private(set) var values: [Double]

    init(_ values: [Double]) {
        self.values = values.filter { !$0.isNaN }.sorted()
    }

    /// Takes `count` values.
    init(_ count: Int, _ take: () throws(BenchError) -> Double) throws(BenchError) {
        var values: [Double] = []
        for _ in 0..<count { values.append(try take()) }
        self.init(values)
    }

    var median: Double {
        guard !values.isEmpty else { return .nan }
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }

    /// Returns the values less what does not belong to the quantity.
    func reduced(by amount: Double) -> Samples { Samples(values.map { $0 - amount }) }

    func scaled(by factor: Double) -> Samples { Samples(values.map { $0 * factor }) }

    /// The median, and in parentheses the least and the greatest.
    var text: String {
        guard let least = values.first, let greatest = values.last else { return "–" }
        guard values.count > 1 else { return Decimal.text(least) }
        return "\(Decimal.text(median)) (\(Decimal.text(least))–\(Decimal.text(greatest)))"
    }
}

/// Numbers as people read them.
enum Decimal {
    /// Three digits that count.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        return text(value, digits: size >= 100 ? 0 : size >= 10 ? 1 : 2)
    }

    static func text(_ value: Double, digits: Int) -> String {
        let factor = (0..<digits).reduce(1) { product, _ in product * 10 }
        let scaled = Int((abs(value) * Double(factor)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = grouped(scaled / factor)
        guard digits > 0 else { return sign + whole }
        let fraction = String(scaled % factor)
        return "\(sign)\(whole).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// With a comma before every three digits.
    static func grouped(_ value: Int) -> String {
        var rest = String(value)[...]
        var parts: [Substring] = []
        while rest.count > 3 {
            parts.append(rest.suffix(3))
            rest = rest.dropLast(3)
        }
        return ([rest] + parts.reversed()).joined(separator: ",")
    }
}
