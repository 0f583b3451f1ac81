package import Domain
import GRDB

extension SQLiteJournal {
    package func wait(of account: AgentAccount) async throws -> AccountWait? {
        try await read { try Self.wait(of: account, in: $0) }
    }

    package func learn(_ wait: AccountWait, of account: AgentAccount) async throws {
        try await write { database in
            let known = try Self.wait(of: account, in: database)
            try Self.store(known?.merged(with: wait) ?? wait, of: account, in: database)
        }
    }

    package func begin(_ probe: AccountWait.Probe, of account: AgentAccount) async throws {
        try await write { database in
            guard var wait = try Self.wait(of: account, in: database) else { return }
            wait.probe = probe
            try Self.store(wait, of: account, in: database)
        }
    }

    package func forgetWait(of account: AgentAccount, learnedUntil time: Timestamp) async throws {
        try await write { database in
            guard let wait = try Self.wait(of: account, in: database), wait.since <= time else { return }
            try database.execute(sql: "DELETE FROM account_wait WHERE account = ?", arguments: [account.digest])
        }
    }

    /// One that cannot be read is none: the next task to meet the limit writes it anew.
    private static func wait(of account: AgentAccount, in database: Database) throws -> AccountWait? {
        let sql = "SELECT document FROM account_wait WHERE account = ?"
        guard let document = try String.fetchOne(database, sql: sql, arguments: [account.digest]) else { return nil }
        do throws(DocumentError) {
            return try Document.decode(AccountWait.self, from: document)
        } catch {
            return nil
        }
    }

    private static func store(_ wait: AccountWait, of account: AgentAccount, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO account_wait (account, document) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET document = excluded.document
                """,
            arguments: [account.digest, try Document.encode(wait)]
        )
    }
}
