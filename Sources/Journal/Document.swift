import FoundationEssentials

/// Values as the JSON texts that are stored.
///
/// A text that any released version wrote must be read by every later one. Therefore, in `TaskRecord`, `IterationOutcome`,
/// `Checkpoint`, `TaskEvent`, `AccountWait` and all they consist of:
/// - a new property is optional, `nil` where the text lacks it, or has a hand-written `init(from:)`;
/// - properties, cases and the labels of associated values are never renamed and never change their type;
/// - a text with a property that the type does not have (any more) is read without it.
///
/// `StoredDocumentTests` keeps such texts.
enum Document {
    static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(DocumentError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw DocumentError(message: Self.sentence(about: error))
        }
    }

    /// What a decoder complains about, in short: its own words spread over many lines.
    private static func sentence(about error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? context.debugDescription
                : "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        default: "\(error)"
        }
    }
}

/// Why a stored document cannot be read.
struct DocumentError: Error {
    var message: String
}
