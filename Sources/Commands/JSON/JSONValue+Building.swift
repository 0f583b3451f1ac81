import Domain

/// Short ways to write JSON down. What is `nil` becomes `null`: a key that a reader knows is always there.
extension JSONValue {
    static func text(_ value: String?) -> JSONValue {
        value.map { .string($0) } ?? .null
    }

    static func whole(_ value: Int?) -> JSONValue {
        value.map { .integer(Int64($0)) } ?? .null
    }

    static func decimal(_ value: Double?) -> JSONValue {
        value.map { .number($0) } ?? .null
    }

    static func flag(_ value: Bool?) -> JSONValue {
        value.map { .bool($0) } ?? .null
    }

    static func list(_ values: [JSONValue]) -> JSONValue {
        .array(values)
    }

    static func texts(_ values: [String]) -> JSONValue {
        .array(values.map { .string($0) })
    }

    static func fields(_ pairs: [(String, JSONValue)]) -> JSONValue {
        .object(pairs.map { JSONMember(key: $0.0, value: $0.1) })
    }

    /// An object with more members; anything else as it is.
    func adding(_ pairs: (String, JSONValue)...) -> JSONValue {
        object.map { .object($0 + pairs.map { JSONMember(key: $0.0, value: $0.1) }) } ?? self
    }

    static func dollars(_ amount: USD?) -> JSONValue {
        .decimal(amount?.dollars)
    }

    static func seconds(_ duration: Duration?) -> JSONValue {
        .decimal(duration.map { Double($0.milliseconds) / 1000 })
    }

    static func time(_ timestamp: Timestamp?) -> JSONValue {
        .text(timestamp?.iso8601)
    }
}

extension Printer {
    /// Writes `value` as one line of JSON.
    func print(json value: JSONValue) {
        write(Array((JSONText.line(value) + "\n").utf8))
    }
}

/// JSON as it is printed.
enum JSONText {
    /// Returns `value` on one line, in which everything that could steer a terminal is escaped: C1 controls and
    /// characters that cannot be seen.
    ///
    /// Outside of strings there are none, so the value stays the same.
    static func line(_ value: JSONValue) -> String {
        var line = String.UnicodeScalarView()
        for scalar in JSONWriter.write(value).unicodeScalars {
            if scalar.value < 0x7F || !isHidden(scalar) {
                line.append(scalar)
            } else {
                for unit in String(scalar).utf16 { line.append(contentsOf: escape(unit).unicodeScalars) }
            }
        }
        return String(line)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
