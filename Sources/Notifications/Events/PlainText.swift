/// Makes text of agents and tasks safe to be put anywhere: one line, short, without what cannot be seen.
enum PlainText {
    /// Whatever breaks lines, steers a terminal or turns the direction of writing becomes a blank; blanks become one.
    static func line(_ text: some StringProtocol, upTo limit: Int) -> String {
        var line = String.UnicodeScalarView()
        var count = 0
        var isBlank = true
        for scalar in text.unicodeScalars {
            let isNothing = scalar.properties.isWhitespace || isHidden(scalar)
            if isNothing && isBlank { continue }
            guard count < limit else { return String(line.dropLast(1)) + "…" }
            line.append(isNothing ? " " : scalar)
            count += 1
            isBlank = isNothing
        }
        return String(isBlank && !line.isEmpty ? Substring.UnicodeScalarView(line.dropLast()) : line[...])
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
