package import Domain

/// The texts of the server's HTTP API: the same records, without a field `type` and a frame's limit.
package enum APIText {
    /// Reads a body; `limit` is in bytes.
    package static func decode<Record: WireRecord>(_ bytes: [UInt8], as record: Record.Type) throws(WireError) -> Record
    {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONParser.parse(bytes, depthLimit: WireLimits.depth)
        } catch { throw .notJSON(error) }
        guard case .object = json else { throw .notAnObject(found: json.kindWords) }
        return try FieldReader.read(json)
    }

    package static func encode(_ record: some WireRecord) throws(WireError) -> [UInt8] {
        JSONWriter.bytes(of: try value(record))
    }

    package static func value(_ record: some WireRecord) throws(WireError) -> JSONValue {
        .object(try FieldWriter.members(of: record))
    }
}
