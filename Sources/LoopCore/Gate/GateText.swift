import Domain

/// The small print of gates: how single values are written.
enum GateText {
    /// How many characters of one value are kept.
    static let longest = 2000

    /// True or false, in any case and decoration; `nil` for all else, also for "true, but …".
    static func bool(_ text: String) -> Bool? {
        switch trimmed(text, " \t\r*_`\"'.,;").lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// Without blanks, emphasis and quotes around it.
    static func bare(_ text: String) -> String {
        trimmed(text, " \t\r*_`\"'")
    }

    /// What a blocker says; `nil` where it says that there is none.
    static func blocker(_ text: String) -> String? {
        let text = unquoted(text)
        switch trimmed(text, " \t\r*_`\"'.,;()").lowercased() {
        case "", "none", "null", "nil", "n/a", "na", "no", "nothing", "no blockers", "~", "-", "[]", "{}": return nil
        default: return text
        }
    }

    static func unquoted(_ text: String) -> String {
        let text = trimmed(text, " \t\r")
        guard text.utf8.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else {
            return text
        }
        // A broken escape is kept as it stands: these texts are for people.
        if quote == "\"", let string = try? JSONParser.parse(text).string { return string }
        return String(text.dropFirst().dropLast())
    }

    /// The items of `["a", 'b', c]`.
    ///
    /// The closing bracket may be missing.
    static func items(ofList text: String) -> [String] {
        // What is no JSON list is taken apart by its commas.
        if let items = try? JSONParser.parse(text).array { return items.map(plain) }
        var inner = Substring(text).dropFirst()
        if inner.hasSuffix("]") { inner.removeLast() }
        return splitAtCommas(inner).map(unquoted).filter { !$0.isEmpty }
    }

    /// The text of a JSON value: of a string what it says, of anything else how it is written.
    static func plain(_ value: JSONValue) -> String {
        value.string ?? JSONWriter.write(value)
    }

    private static func splitAtCommas(_ text: Substring) -> [String] {
        var items = [""]
        var quote: Character?
        for character in text {
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                // An apostrophe within a word opens nothing.
                let item = items[items.count - 1]
                if item.allSatisfy(\.isWhitespace) { quote = character }
            } else if quote == nil, character == "," {
                items.append("")
                continue
            }
            items[items.count - 1].append(character)
        }
        return items
    }

    static func trimmed(_ text: String, _ dropped: String) -> String {
        var text = Substring(text)
        while let first = text.first, dropped.contains(first) { text.removeFirst() }
        while let last = text.last, dropped.contains(last) { text.removeLast() }
        return String(text)
    }
}

/// A gate whose body is JSON.
enum JSONGate {
    static func read(_ lines: [TextLine]) -> GateReading {
        let text = lines.map(\.bytes).joined(separator: [0x0A])
        // Which byte is wrong helps nobody here: the next prompt asks for the gate anew.
        guard let members = try? JSONParser.parse(Array(text)).object else { return .malformed(.invalidJSON) }
        let values = { (key: String) in members.filter { $0.key.lowercased() == key }.map(\.value) }
        let gate = CompletionGate(
            ready: false,
            reason: values("reason").last.map(GateText.plain),
            progress: values("progress").last.map(GateText.plain),
            blockers: values("blockers").flatMap(blockers)
        )
        return .stating(values("ready").map(GateText.plain), gate)
    }

    private static func blockers(_ value: JSONValue) -> [String] {
        let items = value.array ?? [value]
        return items.map(GateText.plain).compactMap(GateText.blocker)
    }
}
