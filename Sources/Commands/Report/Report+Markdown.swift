import Domain

extension Report {
    /// For a file, a mail or a message: CommonMark, in which nothing that a task is called is more than text.
    var markdown: String {
        var text = "# Report\n\n\(period)\n\n**\(headline)**\n\n\(spending.escapedMarkdown)\n"
        for standing in Standing.allCases {
            let some = entries(standing)
            guard !some.isEmpty else { continue }
            text += "\n## \(standing.title)\n\n"
            for entry in some { text += entry.markdown }
        }
        return text
    }
}

extension Report.Entry {
    fileprivate var markdown: String {
        var text = "- **\(name.firstLine(upTo: 100).escapedMarkdown)** (`\(callName)`): \(effort.escapedMarkdown)"
        if let branch { text += ", branch `\(branch.replacing("`", with: "'"))`" }
        text += "\n"
        for remark in remarks { text += "  \(remark.escapedMarkdown)\n" }
        if let advice { text += "  *\(advice.escapedMarkdown)*\n" }
        return text
    }
}

extension String {
    /// On one line, with everything escaped that means something in Markdown or HTML.
    fileprivate var escapedMarkdown: String {
        var text = ""
        for scalar in TerminalText.cleanLine(self).unicodeScalars {
            if "\\`*_{}[]()#+-.!|<>~&$".unicodeScalars.contains(scalar), !"-.()+$".unicodeScalars.contains(scalar) {
                text.unicodeScalars.append("\\")
            }
            text.unicodeScalars.append(scalar)
        }
        return text
    }
}
