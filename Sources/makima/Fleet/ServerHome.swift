import Domain
import Fleet
import Glibc
import Server
import Store

/// Where a server of this machine keeps what it must remember, and where others of this machine find it.
struct ServerHome: Sendable {
    /// The state directory.
    let root: String

    var store: String { "\(root)/server.sqlite" }
    /// Held by the process that serves.
    var lock: String { "\(root)/server.lock" }
    /// The token of the person whose machine it is; all rights, and readable by that person only.
    var token: String { "\(root)/server-token" }
    /// The token of the daemon in the same process.
    var daemonToken: String { "\(root)/daemon-token" }
    /// The address on which it listens, while it does.
    var address: String { "\(root)/server-address" }
    /// Where people find its pages, where that is another address: it has TLS and a name.
    var pages: String { "\(root)/server-pages" }
    var daemonJournal: String { "\(root)/daemon.sqlite" }

    /// The user whose token is in ``token``.
    static let owner = "owner"
    /// Of the tokens that are made here; and whoever makes them, in the audit log.
    private static let label = "this machine"

    /// Makes the token in a file where there is none, or one that is not of this store any more; returns whether it did.
    ///
    /// Earlier ones are revoked: who removed the file may have had a reason.
    func establish(
        _ file: String,
        for owner: TokenOwner,
        _ scope: AccessScope,
        in store: any TaskStore,
        at time: Timestamp
    ) async throws -> Bool {
        if let text = try SecretFile.read(file), let token = AccessToken(text),
            case .accepted(let record) = try await store.authenticate(token, at: time), record.owner == owner
        {
            return false
        }
        for old in try await store.tokens(of: owner) where old.label == Self.label && old.revokedAt == nil {
            guard try await store.revokeToken(old.id, at: time) else { continue }
            try await store.audit(AuditEntry(at: time, actor: Self.label, action: "token.revoked", subject: old.id))
        }
        let token = SystemIDs().token(scope == .daemon ? .daemon : .user)
        let record = TokenRecord(token, label: Self.label, owner: owner, scopes: [scope], createdAt: time)
        try await store.addToken(record)
        try await store.audit(AuditEntry(at: time, actor: Self.label, action: "token.created", subject: record.id))
        try SecretFile.write(token.text, to: file)
        return true
    }
}

/// A small file that only its owner may read.
enum SecretFile {
    /// Without blanks around it; `nil` where there is none.
    static func read(_ path: String) throws(SecretFileError) -> String? { try read(path, isOpen: false) }

    /// The same of a file that is nobody's secret.
    static func readPlain(_ path: String) throws(SecretFileError) -> String? { try read(path, isOpen: true) }

    private static func read(_ path: String, isOpen: Bool) throws(SecretFileError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SecretFileError(path: path, message: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SecretFileError(path: path, message: "It is not a file")
        }
        guard isOpen || status.st_mode & 0o077 == 0 else {
            throw SecretFileError(path: path, message: "Others than its owner can read it")
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw SecretFileError(path: path, message: String(cString: strerror(errno))) }
        let words = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.first.map(String.init)
    }

    /// In one step: a reader sees the old text or the new one.
    static func write(_ text: String, to path: String) throws(SecretFileError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SecretFileError(path: temporary, message: String(cString: strerror(errno)))
        }
        let bytes = Array("\(text)\n".utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(temporary, path) == 0 else {
            throw SecretFileError(path: path, message: String(cString: strerror(errno)))
        }
    }
}

/// A file that must be secret cannot be used.
struct SecretFileError: ExplainedError, Hashable {
    enum Use: Hashable {
        /// A server or daemon of this machine makes it where it is not there.
        case made
        /// The server that runs makes it when it starts, and only then.
        case ownersToken
        /// A person has put it there.
        case personToken
    }

    var path: String
    var message: String
    var use = Use.made

    var description: String { "The file '\(path)' cannot be used: \(message)." }
    var errorCode: ErrorCode { .environment }
    var hint: String {
        switch use {
        case .made: "Let it be readable by you alone, as with 'chmod 600 \(path)'; or remove it, and it is made anew."
        case .ownersToken: "Start the server again: it makes another one."
        case .personToken:
            "Put the token into it that 'makima token --scope operator' prints at the server; or name another file with "
                + "MAKIMA_SERVER_TOKEN_FILE."
        }
    }
}

/// The server of this machine runs, and cannot be asked yet, or any more.
struct ServerBetween: ExplainedError, Hashable {
    var description: String { "The server of this machine is just starting or ending." }
    var errorCode: ErrorCode { .environment }
    var hint: String { "Try it again in a moment." }
}

/// Another server has the state directory.
struct ServerRunning: ExplainedError, Hashable {
    var directory: String

    var description: String { "A server runs already with the state directory '\(directory)'." }
    var errorCode: ErrorCode { .refused }
    var hint: String { "Use that one: 'makima add FILE'. Or name another directory with MAKIMA_STATE_DIR." }
}
