package import Domain

/// One text frame of the connection: a JSON object of one message.
package enum Frame {
    /// Returns the message that `bytes` hold; one of a type that nobody here knows is a message too.
    package static func decode<Messages: MessageSet>(
        _ bytes: [UInt8],
        as messages: Messages.Type = Messages.self
    ) throws(WireError) -> Messages {
        let json = try object(in: bytes)
        let members = try FieldReader.members(of: json)
        guard let found = members["type"] else { throw .field(path: "type", .missing) }
        let type: String
        do throws(WireError) {
            type = try Codec<String>.identifier.read(found)
        } catch { throw error.within("type") }
        guard let kind = Messages.kinds.first(where: { $0.type == type }) else {
            return .unknown(FrameReference(json).with(type))
        }
        return try kind.read(json)
    }

    /// Returns the frame of `message`, always the same for the same message.
    package static func encode(
        _ message: some WireMessage,
        style: JSONWriter.Style = .compact
    ) throws(WireError) -> [UInt8] {
        let members = try FieldWriter.members(of: message, type: Swift.type(of: message).type)
        let bytes = JSONWriter.bytes(of: .object(members), style: style)
        guard bytes.count <= WireLimits.frame else {
            throw .frameTooLarge(bytes: bytes.count, limit: WireLimits.frame)
        }
        return bytes
    }

    /// Returns the frame of `message`; one of an unknown type cannot be sent.
    package static func encode(
        _ message: some MessageSet,
        style: JSONWriter.Style = .compact
    ) throws(WireError) -> [UInt8] {
        guard let content = message.content else {
            throw .field(path: "type", .unknownWord(found: "", known: Swift.type(of: message).kinds.map(\.type)))
        }
        return try encode(content, style: style)
    }

    /// What can be told of a frame that cannot be taken, so that it can be refused by its name; `nil` where there is
    /// nothing.
    package static func reference(in bytes: [UInt8]) -> FrameReference? {
        // Why it is no object was told by ``decode(_:as:)``.
        guard let json = try? object(in: bytes) else { return nil }
        return FrameReference(json)
    }

    private static func object(in bytes: [UInt8]) throws(WireError) -> JSONValue {
        guard bytes.count <= WireLimits.frame else {
            throw .frameTooLarge(bytes: bytes.count, limit: WireLimits.frame)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONParser.parse(bytes, depthLimit: WireLimits.depth)
        } catch { throw .notJSON(error) }
        guard case .object = json else { throw .notAnObject(found: json.kindWords) }
        return json
    }
}

/// What names a frame: its type, and the number or id by which the other side knows it.
package struct FrameReference: Hashable, Sendable {
    package var type: String?
    /// Of a command.
    package var id: String?
    /// In the outbox of a daemon.
    package var number: Int?

    /// Takes what is there and has the right form.
    init(_ json: JSONValue) {
        type = Self.identifier(json["type"])
        id = Self.identifier(json["id"])
        number = json["number"]?.strictInteger.flatMap { (1...WireLimits.integer).contains($0) ? $0 : nil }
    }

    func with(_ type: String) -> FrameReference {
        var copy = self
        copy.type = type
        return copy
    }

    private static func identifier(_ json: JSONValue?) -> String? {
        guard let text = json?.string, text.utf8.count <= 128, TextRule.identifier.allows(text) else { return nil }
        return text
    }
}

/// All messages of one direction.
package protocol MessageSet: Hashable, Sendable {
    static var kinds: [MessageKind<Self>] { get }
    /// Makes the message of a type that is not among ``kinds``.
    static func unknown(_ reference: FrameReference) -> Self
    /// `nil` for a message of an unknown type.
    var content: (any WireMessage)? { get }
}

/// One type of message of a direction.
package struct MessageKind<Messages: MessageSet>: Sendable {
    package let record: any WireMessage.Type
    let read: @Sendable (JSONValue) throws(WireError) -> Messages

    init<Message: WireMessage>(_ make: @escaping @Sendable (Message) -> Messages) {
        record = Message.self
        read = { (json: JSONValue) throws(WireError) -> Messages in make(try FieldReader.read(json)) }
    }

    package var type: String { record.type }
}
