import Domain
import Fleet
import Store
import Wire

/// What people have ordered about a task since it was last handed over.
///
/// An order to a daemon that is gone must not be lost with the attempt: a task that was to stop is not handed out again.
struct StandingOrders: Hashable, Sendable {
    /// It is not to go on by itself.
    var hold: PersonOrder.Kind?
    /// What is to be otherwise when it goes on.
    var changes: ResumeTask?
    /// What the agent is to be told, that no daemon has been told yet.
    var messages: [PersonOrder] = []

    init() {}

    /// Reads the events of the kind `person`; those of other attempts do not count.
    init(_ events: [FleetEvent], attempt: Int) {
        for event in events where event.attempt == attempt && event.event.kind == .person {
            guard let order = PersonOrder(text: event.event.body) else { continue }
            switch order.kind {
            case .stop, .pause: hold = order.kind
            case .resume:
                hold = nil
                changes = order.changes
            case .message: if order.commandID == nil { messages.append(order) }
            case .interrupt, .answer, .restore, .deleteWorkspace, .change: break
            }
        }
    }
}

/// The body of an event of the kind `person`.
struct PersonOrder: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case stop
        case pause
        case resume
        case interrupt
        case message
        case answer
        case restore
        case deleteWorkspace = "delete_workspace"
        case change
    }

    var kind: Kind
    var by: String
    var text: String?
    var number: Int?
    /// Of the command to a daemon, where one was told.
    var commandID: String?
    /// Of ``Kind/resume``.
    var changes: ResumeTask?

    init(_ kind: Kind, by author: String) {
        self.kind = kind
        by = author
    }

    /// `nil` for what makima has not written, or will write later.
    init?(text: String) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONParser.parse(text)
        } catch { return nil }
        guard let kind = json["order"]?.string.flatMap(Kind.init(rawValue:)) else { return nil }
        self.kind = kind
        by = json["by"]?.string ?? ""
        self.text = json["text"]?.string
        number = json["number"]?.int
        commandID = json["commandId"]?.string
        guard let found = json["changes"] else { return }
        do throws(WireError) {
            changes = try APIText.decode(JSONWriter.bytes(of: found), as: ResumeRequest.self).changes
        } catch { return nil }
    }

    func event(at time: Timestamp) throws -> NewEvent {
        var members = [
            JSONMember(key: "order", value: .string(kind.rawValue)), JSONMember(key: "by", value: .string(by)),
        ]
        if let text { members.append(JSONMember(key: "text", value: .string(text))) }
        if let number { members.append(JSONMember(key: "number", value: .integer(Int64(number)))) }
        if let commandID { members.append(JSONMember(key: "commandId", value: .string(commandID))) }
        if let changes {
            var request = ResumeRequest()
            request.changes = changes
            members.append(JSONMember(key: "changes", value: try APIText.value(request)))
        }
        return NewEvent(.person, at: time, body: JSONWriter.write(.object(members)))
    }
}
