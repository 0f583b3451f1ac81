import Domain

/// Writes the reference of the protocol from the lists of fields by which messages are read and written.
package enum ProtocolDocument {
    /// The text of `docs/PROTOCOL.md`.
    package static func markdown() throws(WireError) -> String {
        let toDaemon = ToDaemon.kinds.map(\.record)
        let toServer = ToServer.kinds.map(\.record)
        var sections = [ProtocolText.introduction]
        sections.append("## From the server to a daemon\n\n" + (try messages(toDaemon)))
        sections.append("## From a daemon to the server\n\n" + (try messages(toServer)))
        sections.append(
            "## Parts\n\n" + (try records(in: toDaemon + toServer).mapped(section).joined(separator: "\n\n"))
        )
        sections.append(codes)
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func messages(_ types: [any WireMessage.Type]) throws(WireError) -> String {
        try types.mapped { (type: any WireMessage.Type) throws(WireError) in try section(type) }
            .joined(separator: "\n\n")
    }

    private static func section(_ type: any WireRecord.Type) throws(WireError) -> String {
        let rows = try FieldLister.list(type).fields
            .map { field in
                "| `\(field.key)` | \(cell(field.kind)) | \(presence(field.presence)) | \(cell(field.meaning)) |"
            }
        return """
            ### `\(type.recordName)`

            \(type.meaning)

            | Field | Type | Needed | Meaning |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))
            """
    }

    private static func presence(_ presence: FieldDescription.Presence) -> String {
        switch presence {
        case .required: "yes"
        case .optional: "no"
        case .defaulted(let value): "no: `\(value)`"
        }
    }

    /// All records that these hold, each once, by name.
    private static func records(in messages: [any WireRecord.Type]) throws(WireError) -> [any WireRecord.Type] {
        var found: [String: any WireRecord.Type] = [:]
        var open = messages
        while let next = open.popLast() {
            for record in try FieldLister.list(next).records.map(\.record) where found[record.recordName] == nil {
                found[record.recordName] = record
                open.append(record)
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    private static var codes: String {
        let rules = TextRule.allCases.map { "| `malformed_\($0.rawValue)` | It is not \(cell($0.words)). |" }
        return """
            ## Why a message is refused

            | Code | Meaning |
            |---|---|
            | `frame_too_large` | The frame has more than \(WireLimits.frame) bytes. |
            | `not_utf8` | It is not valid UTF-8. |
            | `not_json` | It is not JSON, or nested deeper than \(WireLimits.depth). |
            | `not_an_object` | It is another JSON value than an object. |
            | `field_missing` | A needed field is not there. |
            | `field_repeated` | A key stands in one object twice. |
            | `wrong_kind` | A field is of another kind: a text for a number, a number with a fraction. |
            | `out_of_range` | A number is not in its range. |
            | `too_long` | A text, or bytes, are longer than allowed. |
            | `too_many` | A list or table has more entries than allowed. |
            | `unknown_word` | A text is not among the words of a closed list. |
            | `inconsistent` | Fields do not fit together. |
            \(rules.joined(separator: "\n"))
            """
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}

extension Array {
    fileprivate func mapped<Result>(_ transform: (Element) throws(WireError) -> Result) throws(WireError) -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try transform(element)) }
        return results
    }
}
