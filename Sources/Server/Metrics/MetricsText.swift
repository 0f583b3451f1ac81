import Domain

/// Metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4).
struct MetricsText {
    static let contentType = Endpoint.Content.metrics.rawValue

    enum Kind: String {
        case counter
        case gauge
    }

    private(set) var text = ""

    /// Adds a metric with one value.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some MetricValue) {
        add(name, kind, help, [([], value)])
    }

    /// Adds a metric with a value for each set of labels; nothing where there is none.
    mutating func add<Value: MetricValue>(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ samples: [(labels: [(name: String, value: String)], value: Value)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            text += labels.isEmpty ? name : "\(name){\(labels)}"
            text += " \(sample.value.metricText)\n"
        }
    }

    private static func escaped(_ value: String) -> String {
        var escaped = String.UnicodeScalarView()
        // By scalars: "\r\n" is one character.
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\", "\"": escaped.append(contentsOf: ["\\", scalar])
            case "\n": escaped.append(contentsOf: ["\\", "n"])
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}

/// A number as a metric's value.
protocol MetricValue {
    var metricText: String { get }
}

extension Int: MetricValue {
    var metricText: String { "\(self)" }
}

extension Double: MetricValue {
    var metricText: String { isNaN ? "NaN" : isInfinite ? (self < 0 ? "-Inf" : "+Inf") : "\(self)" }
}
