import Domain
import Fleet
import Store
import Synchronization

/// Codes by which somebody who has a token lets a browser in: each once, and for a minute.
///
/// A link with a code may end up in a browser's history or a shell's: it is worth nothing then. Only digests are kept, in
/// memory: a restart makes all of them void.
struct LoginCodeBook: Sendable {
    /// What a code stands for.
    struct Grant: Hashable, Sendable {
        var owner: TokenOwner
        var scopes: Set<AccessScope>
        /// Who asked for it, for the audit log.
        var tokenID: String
        var until: Timestamp
    }

    static let lifetime = Duration.seconds(60)
    /// So many wait at once; with more, the oldest is void.
    static let most = 64

    private var grants: [(digest: SHA256Digest, grant: Grant)] = []

    /// Keeps what `code` stands for.
    mutating func add(_ code: String, _ grant: Grant, at time: Timestamp) {
        grants.removeAll { $0.grant.until <= time }
        if grants.count >= Self.most { grants.removeFirst() }
        grants.append((SHA256Digest(of: Array(code.utf8)), grant))
    }

    /// What `code` stands for, once; `nil` where there is no such code, or not any more.
    mutating func redeem(_ code: String, at time: Timestamp) -> Grant? {
        let digest = SHA256Digest(of: Array(code.utf8))
        // All are looked at, whichever it is.
        let found = grants.indices.filter { grants[$0].digest == digest }
        guard let index = found.first else { return nil }
        let grant = grants.remove(at: index).grant
        return grant.until > time ? grant : nil
    }
}

/// The codes of a server.
final class LoginCodes: Sendable {
    private let book = Mutex(LoginCodeBook())

    func add(_ code: String, _ grant: LoginCodeBook.Grant, at time: Timestamp) {
        book.withLock { $0.add(code, grant, at: time) }
    }

    func redeem(_ code: String, at time: Timestamp) -> LoginCodeBook.Grant? {
        book.withLock { $0.redeem(code, at: time) }
    }
}
