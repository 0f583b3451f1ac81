import Domain
import Runner

extension ErrorReport {
    /// The last line of a command that was to answer in JSON.
    var json: JSONValue {
        let error: [(String, JSONValue)] = [
            ("code", .text(code.rawValue)), ("message", .text(messages.joined(separator: "\n"))), ("hint", .text(hint)),
        ]
        return RunEvent.line("error", [("error", .fields(error))])
    }
}
