import FoundationEssentials

/// Values as the JSON texts that are stored.
///
/// A text that any released version wrote must be read by every later one: of what is stored, a new property is
/// optional, and none is renamed or of another type.
enum StoreDocument {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// - Throws: A ``StoreError`` that names the row.
    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from text: String,
        of table: String,
        _ id: String
    ) throws(StoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw .damagedRow(table: table, id: id, message: sentence(about: error))
        }
    }

    /// What a decoder complains about, in short: its own words spread over many lines.
    private static func sentence(about error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        default: "\(error)"
        }
    }
}
