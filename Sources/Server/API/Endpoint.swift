import Domain
import Fleet
import HTTPTypes
import HummingbirdCore
import NIOCore
import Wire

/// One thing that can be asked for, as it is routed and as it is documented.
struct Endpoint: Sendable {
    /// A parameter of the query.
    struct Parameter: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case integer(ClosedRange<Int>)
            case text(upTo: Int)
            case words([String])
        }

        let name: String
        let kind: Kind
        let meaning: String
    }

    /// What a body is, where it is no record.
    enum Content: String, Hashable, Sendable {
        case json = "application/json"
        case events = "text/event-stream"
        case bytes = "application/octet-stream"
        case text = "text/plain; charset=utf-8"
        case metrics = "text/plain; version=0.0.4; charset=utf-8"
    }

    /// What an answer holds that is no problem.
    struct Success: Sendable {
        var status = 200
        var record: (any WireRecord.Type)?
        var content = Content.json
        var hasETag = false
        var meaning = "It is done."
    }

    let method: HTTPRequest.Method
    /// With `{name}` for its parameters.
    let path: String
    /// The name of the operation.
    let name: String
    let summary: String
    /// `nil` is open to everyone.
    let scope: AccessScope?
    var query: [Parameter] = []
    var body: (any WireRecord.Type)?
    /// Whether nothing may be sent in the body's place.
    var isBodyOptional = false
    /// Whether `Idempotency-Key` counts.
    var takesKey = false
    /// Whether `If-Match` counts.
    var takesRevision = false
    var success = Success()
    /// The statuses of problems that it has itself.
    var problems: [Int] = []
    let run: @Sendable (Call) async throws -> Answer

    /// The segments of the path.
    var segments: [Substring] { path.split(separator: "/") }

    /// How many of them are parameters.
    var parameterCount: Int { segments.count { $0.hasPrefix("{") } }
}

/// What a request is answered with.
enum Answer: Sendable {
    case record(Int, [UInt8], HTTPFields)
    /// Written piece by piece until `write` returns; `end` is called in any case, also where nothing could be written.
    case stream(
        HTTPFields,
        write: @Sendable (inout any ResponseBodyWriter, any Channel) async throws -> Void,
        end: @Sendable () -> Void = {}
    )

    static func json(_ record: some WireRecord, status: Int = 200, revision: Int? = nil) throws -> Answer {
        var headers: HTTPFields = [.contentType: Endpoint.Content.json.rawValue]
        if let revision { headers[.eTag] = ETag.text(revision) }
        return .record(status, try APIText.encode(record), headers)
    }
}

/// A revision as HTTP has it.
enum ETag {
    static func text(_ revision: Int) -> String { "\"\(revision)\"" }

    /// What `If-Match` asks for.
    enum Condition: Hashable, Sendable {
        case none
        case any
        case revisions(Set<Int>)
        case malformed

        init(_ field: String?) {
            guard let field = field?.trimmed else {
                self = .none
                return
            }
            if field == "*" {
                self = .any
                return
            }
            var revisions: Set<Int> = []
            for part in field.split(separator: ",") {
                let text = String(part).trimmed
                guard text.count > 2, text.hasPrefix("\""), text.hasSuffix("\""),
                    let revision = Int(text.dropFirst().dropLast())
                else {
                    self = .malformed
                    return
                }
                revisions.insert(revision)
            }
            self = revisions.isEmpty ? .malformed : .revisions(revisions)
        }

        /// Throws where a thing with this revision is not the one that was asked for.
        func check(_ revision: Int) throws {
            switch self {
            case .none, .any: return
            case .malformed: throw APIError(400, "malformed_if_match", "'If-Match' holds no ETag.", field: "If-Match")
            case .revisions(let wanted):
                guard !wanted.contains(revision) else { return }
                throw APIError(
                    412,
                    "revision_mismatch",
                    "It has changed since: its revision is \(revision).",
                    hint: "Get it again and decide anew."
                )
            }
        }
    }
}

extension String {
    /// Without blanks at its ends.
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
