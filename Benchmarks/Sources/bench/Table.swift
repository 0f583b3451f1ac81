/// One quantity of makima beside its floor, measured in the same run.
struct Row {
    var name: String
    var unit: String
    var ours: Samples
    /// The least that the same work takes without makima.
    var floor: (name: String, samples: Samples)?
    var bar: Bar?

    /// What the quantity is expected to keep.
    enum Bar {
        case atMost(Double)
        case atLeast(Double)
    }

    var line: String {
        let floorText = floor.map { "\($0.samples.text) \($0.name)" } ?? "–"
        let ratio = floor.map { "\(Decimal.text(ours.median / $0.samples.median)) ×" } ?? "–"
        return "| \(name) | \(unit) | \(ours.text) | \(floorText) | \(ratio) | \(barText) |"
    }

    /// Held or not by the median.
    private var barText: String {
        switch bar {
        case .atMost(let limit): "≤ \(Decimal.text(limit, digits: 0)) \(ours.median <= limit ? "✔" : "**missed**")"
        case .atLeast(let limit): "≥ \(Decimal.text(limit, digits: 0)) \(ours.median >= limit ? "✔" : "**missed**")"
        case nil: "–"
        }
    }
}

/// What was measured of one subject.
struct Table {
    var title: String
    /// How it was measured, for the reader who wants to judge or repeat it.
    var method: String
    var rows: [Row]

    var markdown: String {
        let lines = [
            "## \(title)", "", method, "",
            "| Quantity | Unit | makima | Floor | makima ÷ floor | Bar |", "|---|---|---|---|---|---|",
        ]
        return (lines + rows.map(\.line)).joined(separator: "\n") + "\n"
    }
}
