import Domain

extension Report {
    /// One page without anything that is fetched or run.
    var html: String {
        var body = "<h1>Report</h1>\n<p class=\"faint\">\(period.escapedHTML)</p>\n"
        body += "<p class=\"headline\">\(headline.escapedHTML)</p>\n<p class=\"faint\">\(spending.escapedHTML)</p>\n"
        for standing in Standing.allCases {
            let some = entries(standing)
            guard !some.isEmpty else { continue }
            body += "<h2 class=\"\(standing.rawValue)\">\(standing.title.escapedHTML)</h2>\n<ul>\n"
            for entry in some { body += entry.html }
            body += "</ul>\n"
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>makima: report</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            \(body)</main>
            </body>
            </html>

            """
    }

    private static let style = """
        :root{color-scheme:light dark;--fg:#1c1f23;--bg:#fff;--faint:#5a636d;--line:#dde1e6}
        @media(prefers-color-scheme:dark){:root{--fg:#e6e8eb;--bg:#15181c;--faint:#9aa4af;--line:#2c323a}}
        body{font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0}
        main{max-width:50rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
        .faint{color:var(--faint)}.headline{font-weight:600}ul{list-style:none;padding:0}li{margin:.75rem 0}
        code{font:0.9em ui-monospace,monospace}p{margin:.25rem 0}
        """
}

extension Report.Entry {
    fileprivate var html: String {
        var text = "<li><strong>\(name.firstLine(upTo: 100).escapedHTML)</strong> <code>\(callName.escapedHTML)</code> "
        text += "<span class=\"faint\">\(effort.escapedHTML)\(branch.map { " · \($0.escapedHTML)" } ?? "")</span>"
        for remark in remarks { text += "<p>\(remark.escapedHTML)</p>" }
        if let advice { text += "<p class=\"faint\">\(advice.escapedHTML)</p>" }
        return text + "</li>\n"
    }
}

extension String {
    /// On one line, as text between tags and in attributes.
    fileprivate var escapedHTML: String {
        var text = ""
        for character in TerminalText.cleanLine(self) {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.append(character)
            }
        }
        return text
    }
}
