/// An event of a stream of Server-Sent Events.
package struct ServerSentEvent: Hashable, Sendable {
    /// By which a broken stream is gone on with; that of an earlier event where this one has none.
    package var id: String?
    /// What kind of event; `message` where it does not say.
    package var name = "message"
    package var data = ""
}

/// Takes bytes as they come, and makes events of them (HTML Living Standard, 9.2.6).
struct EventReader {
    private var line: [UInt8] = []
    private var event = ServerSentEvent()
    private var data: [String] = []
    private var lastID: String?
    private var endedWithReturn = false

    /// A line that is longer is cut: no server of makima's sends one.
    private static let longestLine = 4 << 20

    mutating func take(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            switch byte {
            case 0x0A where endedWithReturn: break
            case 0x0A, 0x0D: if let event = endLine() { events.append(event) }
            default: if line.count < Self.longestLine { line.append(byte) }
            }
            endedWithReturn = byte == 0x0D
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endEvent() }
        let text = String(decoding: line, as: UTF8.self)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? parts[1].hasPrefix(" ") ? String(parts[1].dropFirst()) : String(parts[1]) : ""
        switch parts[0] {
        case "id" where !value.utf8.contains(0): lastID = value
        case "event": event.name = value
        case "data": data.append(value)
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            event = ServerSentEvent()
            data = []
        }
        guard !data.isEmpty else { return nil }
        event.id = lastID
        event.data = data.joined(separator: "\n")
        return event
    }
}
