import Domain

/// Reads values that are exactly what they should be: nothing is converted silently.
enum StrictValue {
    static func integer(_ raw: JSONValue, in range: ClosedRange<Int>) throws(Refusal) -> Int {
        guard case .integer(let number) = raw, let value = Int(exactly: number), range.contains(value) else {
            throw Refusal(explanation: "it must be a whole number \(described(range)).")
        }
        return value
    }

    static func number(_ raw: JSONValue, in range: ClosedRange<Double>) throws(Refusal) -> Double {
        guard let number = raw.double, range.contains(number) else {
            throw Refusal(
                explanation: "it must be a number from \(range.lowerBound.formatted) to \(range.upperBound.formatted)."
            )
        }
        return number
    }

    static func described(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max ? "of \(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
    }

    static func dollars(_ raw: JSONValue) throws(Refusal) -> USD {
        guard let dollars = raw.double, let amount = USD(dollars: dollars) else {
            throw Refusal(explanation: "it must be a number of dollars, 0 or more, as 2.50.")
        }
        return amount
    }

    static func duration(_ raw: JSONValue, allowsZero: Bool) throws(Refusal) -> Duration {
        guard let duration = DurationText.duration(raw), allowsZero || duration > .zero else {
            throw Refusal(
                explanation: "it must be a time\(allowsZero ? "" : " above zero"), as \"90s\", \"15m\", \"1h30m\" or a "
                    + "number of seconds."
            )
        }
        return duration
    }

    static func flag(_ raw: JSONValue) throws(Refusal) -> Bool {
        guard let flag = raw.bool else { throw Refusal(explanation: "it must be true or false.") }
        return flag
    }

    static func text(_ raw: JSONValue) throws(Refusal) -> String {
        guard let text = raw.string, isUsable(text) else {
            throw Refusal(explanation: "it must be a text that is not empty.")
        }
        return text
    }

    static func list(_ raw: JSONValue) throws(Refusal) -> [String] {
        guard let elements = raw.array else { throw Refusal(explanation: "it must be an array of texts.") }
        let texts = elements.compactMap(\.string).filter(isUsable)
        guard texts.count == elements.count else {
            throw Refusal(explanation: "it must be an array of texts of which none is empty.")
        }
        return texts
    }

    /// A text is one program, whatever blanks it has: makima never splits it.
    static func command(_ raw: JSONValue) throws(Refusal) -> [String] {
        if let program = raw.string, isUsable(program) { return [program] }
        guard let elements = raw.array, let program = elements.first?.string, isUsable(program) else {
            throw Refusal(explanation: "it must be a program or an array of a program and its arguments.")
        }
        let words = elements.compactMap(\.string).filter { !$0.utf8.contains(0) }
        guard words.count == elements.count else {
            throw Refusal(explanation: "its arguments must be texts.")
        }
        return words
    }

    static func variables(_ raw: JSONValue) throws(Refusal) -> [String: String] {
        guard let members = raw.object else { throw Refusal(explanation: "it must be a table of texts.") }
        var variables: [String: String] = [:]
        for member in members {
            guard isVariableName(member.key) else {
                throw Refusal(explanation: "\(Shown.text(member.key)) is no name for a variable.")
            }
            guard let value = member.value.string, !value.utf8.contains(0) else {
                throw Refusal(explanation: "the value of '\(member.key)' must be a text.")
            }
            variables[member.key] = value
        }
        return variables
    }

    static func address(_ raw: JSONValue) throws(Refusal) -> String {
        guard let text = raw.string, WebhookAddress(text) != nil else {
            throw Refusal(
                explanation: "it must be a URL, as https://HOST/PATH, without a user, blanks or letters beyond ASCII."
            )
        }
        return text
    }

    static func refuse(_ raw: JSONValue, words: [String]) -> Refusal {
        let suggestion = raw.string.flatMap { Suggestion.nearest(to: $0, among: words) }
        return Refusal(
            explanation: "it must be \(words.joined(separator: ", "))"
                + (suggestion.map { "; did you mean '\($0)'?" } ?? ".")
        )
    }

    /// Neither blank nor with a NUL, which would end it early in every system call.
    private static func isUsable(_ text: String) -> Bool {
        !text.allSatisfy(\.isWhitespace) && !text.utf8.contains(0)
    }

    static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
