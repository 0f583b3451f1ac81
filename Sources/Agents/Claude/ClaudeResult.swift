import Domain

/// The final record of a turn, taken apart.
struct ClaudeResult: Hashable, Sendable {
    /// The final message, or what went wrong.
    var text: String
    var errors: [String]
    var subtype: String
    var isError: Bool
    var terminalReason: String?
    var stopReason: String?
    var apiErrorStatus: Int?
    var apiErrorType: String?
    var apiError: String?
    /// What was refused and could not be asked, for a person; questions aside.
    var denials: [String]
    /// What the model wanted to ask a person.
    var question: String?
    /// Of a refusal that is told in the result itself.
    var rejectionResetsAt: Int64?

    init(_ record: ClaudeRecord, directory: String?) {
        let json = record.json
        text = (json["result"]?.string ?? "").withoutNUL.suffix(bytes: ClaudeReader.textLimit)
        errors = (json["errors"]?.array ?? []).compactMap { $0.string?.withoutNUL }
        subtype = record.subtype
        isError = json["is_error"]?.bool ?? false
        terminalReason = json["terminal_reason"]?.string
        stopReason = json["stop_reason"]?.string
        apiErrorStatus = json["api_error_status"]?.int
        apiErrorType = json["api_error_type"]?.string
        apiError = json["api_error"]?.string
        let denied = json["permission_denials"]?.array ?? []
        let isQuestion = { (denial: JSONValue) in denial["tool_name"]?.string == ClaudeToolCall.question }
        denials = denied.filter { !isQuestion($0) }.map { ClaudeToolCall.denial($0, directory: directory) }
        question = denied.first(where: isQuestion).map { ClaudeToolCall.questions(in: $0["tool_input"]) }
        rejectionResetsAt = json["rate_limit_event"]?["resetsAt"]?.int.map { Int64($0) }
    }

    /// Whether any field says so: `is_error` alone is not trusted, nor `subtype: success`.
    var isFailure: Bool {
        isError || subtype.hasPrefix("error") || subtype == Self.refusal || apiErrorStatus != nil || apiError != nil
    }

    /// The subtype with which older versions end at a limit.
    static let refusal = "rate_limit_event"

    var hasWords: Bool { !text.isEmpty || !errors.isEmpty }

    /// What went wrong, for people.
    var message: String {
        let words = text.isEmpty ? errors.joined(separator: "\n") : text
        return words.isEmpty ? "It ended with '\(terminalReason ?? subtype)'." : String(words.prefix(2000))
    }
}
