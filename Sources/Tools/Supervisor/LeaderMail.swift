package import Domain

/// A call of an agent that leads others, as it stands in the file between the tool server and makima: one line each.
package struct LeaderRequest: Hashable, Sendable {
    /// Of no two calls.
    package var call: String
    package var tool: String
    package var arguments: JSONValue

    package init(call: String, tool: String, arguments: JSONValue) {
        self.call = call
        self.tool = tool
        self.arguments = arguments
    }

    /// What is written into the file, by ``ToolReport/line(_:token:)``.
    package var record: JSONValue {
        .object(["tool": .string(tool), "call": .string(call), "arguments": arguments])
    }

    /// Reads the calls of a file, of which only those with `token` count; a line that cannot be read is none.
    package static func all(in bytes: [UInt8], token: String) -> [LeaderRequest] {
        bytes.split(separator: UInt8(ascii: "\n"))
            .compactMap { line in
                // No call, as said above.
                guard let record = try? JSONParser.parse(Array(line)), record["token"]?.string == token,
                    let tool = record["tool"]?.string, SupervisorTool(rawValue: tool) != nil,
                    let call = record["call"]?.string, isName(call)
                else { return nil }
                return LeaderRequest(call: call, tool: tool, arguments: record["arguments"] ?? .object([:]))
            }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }
}

/// What a call was answered; written by makima, read by the tool server.
package struct LeaderReply: Hashable, Sendable {
    package var call: String
    package var text: String
    package var isError: Bool
    /// It had an effect.
    package var changed: Bool
    /// The agent is to end its turn, and waits for its tasks.
    package var parks: Bool

    package init(call: String, text: String, isError: Bool = false, changed: Bool = false, parks: Bool = false) {
        self.call = call
        self.text = text
        self.isError = isError
        self.changed = changed
        self.parks = parks
    }

    /// The line of the file.
    package var line: [UInt8] {
        let record = JSONValue.object([
            "call": .string(call), "text": .string(text), "isError": .bool(isError), "changed": .bool(changed),
            "parks": .bool(parks),
        ])
        return JSONWriter.bytes(of: record) + [UInt8(ascii: "\n")]
    }

    /// Reads the whole lines of a file: what is being written is not there yet.
    package static func all(in bytes: [UInt8]) -> [LeaderReply] {
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return bytes[...end].split(separator: UInt8(ascii: "\n"))
            .compactMap { line in
                // Only makima writes there: what cannot be read is no answer.
                guard let record = try? JSONParser.parse(Array(line)), let call = record["call"]?.string,
                    let text = record["text"]?.string
                else { return nil }
                return LeaderReply(
                    call: call,
                    text: text,
                    isError: record["isError"]?.bool ?? false,
                    changed: record["changed"]?.bool ?? false,
                    parks: record["parks"]?.bool ?? false
                )
            }
    }
}
