package import Domain

/// Why bytes are not a message, or a value may not be sent as one.
package enum WireError: Error, Hashable, Sendable {
    case frameTooLarge(bytes: Int, limit: Int)
    case notUTF8
    case notJSON(JSONError)
    /// A frame holds something else than one JSON object.
    case notAnObject(found: String)
    /// `path` leads to the field, as `checks[2].name`; empty where several fields are concerned.
    case field(path: String, FieldProblem)

    /// The stable word for it, as `refused` tells it.
    package var code: String {
        switch self {
        case .frameTooLarge: "frame_too_large"
        case .notUTF8: "not_utf8"
        case .notJSON: "not_json"
        case .notAnObject: "not_an_object"
        case .field(_, let problem): problem.code
        }
    }

    /// The field it is about, where it is about one.
    package var path: String? {
        guard case .field(let path, _) = self, !path.isEmpty else { return nil }
        return path
    }

    /// The same, seen from the record that holds the value under `key`.
    func within(_ key: String) -> WireError {
        guard case .field(let path, let problem) = self else { return self }
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        return .field(path: key + separator + path, problem)
    }
}

/// What is wrong with the value of a field.
package enum FieldProblem: Hashable, Sendable {
    case missing
    /// The key stands there twice, and readers may differ about which one holds.
    case repeated
    case wrongKind(expected: String, found: String)
    case outOfRange(found: Int64, lowest: Int64, highest: Int64)
    case tooLong(bytes: Int, limit: Int)
    case tooMany(count: Int, limit: Int)
    case unknownWord(found: String, known: [String])
    /// `found` is cut at ``foundLimit`` characters.
    case malformed(found: String, TextRule)
    /// Fields that are right each by itself do not fit together.
    case inconsistent(Inconsistency)

    package static let foundLimit = 100

    package var code: String {
        switch self {
        case .missing: "field_missing"
        case .repeated: "field_repeated"
        case .wrongKind: "wrong_kind"
        case .outOfRange: "out_of_range"
        case .tooLong: "too_long"
        case .tooMany: "too_many"
        case .unknownWord: "unknown_word"
        case .malformed(_, let rule): "malformed_\(rule.rawValue)"
        case .inconsistent: "inconsistent"
        }
    }

    static func malformed(_ text: String, as rule: TextRule) -> FieldProblem {
        .malformed(found: String(text.prefix(foundLimit)), rule)
    }
}

/// What a message says twice in two ways, or half.
package enum Inconsistency: String, Hashable, Sendable, CaseIterable {
    case repositoryMissing = "repository_missing"
    case tasksMissing = "tasks_missing"
    case patchIncomplete = "patch_incomplete"
    case patchSize = "patch_size"
    case patchHash = "patch_hash"
    case partBeyondEnd = "part_beyond_end"
    case partOutOfOrder = "part_out_of_order"
    case partOfAnother = "part_of_another"
    case agentUnknown = "agent_unknown"
    case agentNotAsConfigured = "agent_not_as_configured"
    case attemptNotEnded = "attempt_not_ended"
    case attemptEnded = "attempt_ended"
    case versions
    case scopeAndOwner = "scope_and_owner"

    package var sentence: String {
        switch self {
        case .repositoryMissing: "neither 'repoUrl' nor 'targetRepoPath' is given"
        case .tasksMissing: "without a supervisor there must be tasks"
        case .patchIncomplete: "'patchFormat', 'patchBaseSha', 'patchSize' and 'patchSha256' belong together"
        case .patchSize: "the bytes are not as many as stated"
        case .patchHash: "the bytes have not the stated SHA-256"
        case .partBeyondEnd: "the part reaches beyond the stated size, or is empty"
        case .partOutOfOrder: "the part does not begin where the one before ended"
        case .partOfAnother: "the part belongs to another patch"
        case .agentUnknown: "no agent of this name is configured on the daemon's machine"
        case .agentNotAsConfigured:
            "the daemon's machine has this agent configured in another way, and takes no other; it may be left out"
        case .attemptNotEnded: "the status is not one in which an attempt has ended"
        case .attemptEnded: "the status is one in which an attempt has ended, which 'taskComplete' tells"
        case .scopeAndOwner: "a token of the scope 'daemon' belongs to a daemon, and every other one to a user"
        case .versions: "the lowest version is above the highest"
        }
    }
}

extension WireError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .frameTooLarge(let bytes, let limit): "The message has \(bytes) bytes; \(limit) are allowed."
        case .notUTF8: "The message is not valid UTF-8."
        case .notJSON(let error): error.description
        case .notAnObject(let found): "The message is \(found) and not a JSON object."
        case .field("", let problem): "The message cannot be taken: \(problem.clause)."
        case .field(let path, let problem): "The field '\(path)' cannot be taken: \(problem.clause)."
        }
    }
}

extension FieldProblem {
    fileprivate var clause: String {
        switch self {
        case .missing: "it is missing"
        case .repeated: "it is there twice"
        case .wrongKind(let expected, let found): "it is \(found) and not \(expected)"
        case .outOfRange(let found, let lowest, let highest): "\(found) is not between \(lowest) and \(highest)"
        case .tooLong(let bytes, let limit): "it has \(bytes) bytes; \(limit) are allowed"
        case .tooMany(let count, let limit): "it has \(count) entries; \(limit) are allowed"
        case .unknownWord(let found, let known): "'\(found)' is none of \(known.joined(separator: ", "))"
        case .malformed(let found, let rule): "'\(found)' is not \(rule.words)"
        case .inconsistent(let what): what.sentence
        }
    }
}
