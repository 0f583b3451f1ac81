import Domain
import Fleet
import Store
import TestSupport

extension TaskStoreConformance {
    static var access: [Case] {
        [
            Case("a token is accepted while it holds", on: tokens),
            Case("the use of a token is noted once a minute", on: tokenUse),
            Case("a token belongs to somebody", on: owners),
            Case("the audit log is read backwards", on: audit),
        ]
    }

    private static func token(_ seed: Int, _ kind: AccessToken.Kind = .user) -> AccessToken {
        var random = SeededGenerator(seed: UInt64(seed))
        return AccessToken(kind, using: &random)
    }

    private static func record(
        _ token: AccessToken,
        _ owner: TokenOwner = .user("ada"),
        _ scopes: Set<AccessScope> = [.viewer]
    ) -> TokenRecord {
        TokenRecord(token, label: "laptop", owner: owner, scopes: scopes, createdAt: StoreBench.then)
    }

    @Sendable private static func tokens(_ bench: StoreBench) async throws {
        var ada = UserRecord("ada", name: "Ada", createdAt: StoreBench.then)
        try await bench.store.put(ada)
        let (good, expiring, revoked) = (token(1), token(2), token(3))
        try await bench.store.addToken(record(good, .user("ada"), [.operator, .viewer]))
        var until = record(expiring)
        until.expiresAt = StoreBench.at(100)
        try await bench.store.addToken(until)
        try await bench.store.addToken(record(revoked))
        try expect(try await bench.store.revokeToken(revoked.id, at: StoreBench.at(1)), is: true)
        try expect(try await bench.store.revokeToken(revoked.id, at: StoreBench.at(2)), is: false)
        try expect(try await bench.store.revokeToken("nobody's", at: StoreBench.at(2)), is: false)

        func authenticate(_ token: AccessToken, at seconds: Int = 9) async throws -> Authentication {
            try await bench.store.authenticate(token, at: StoreBench.at(seconds))
        }
        guard case .accepted(let found) = try await authenticate(good) else {
            throw BrokenPromise(description: "a good token was refused")
        }
        try expect(found.owner, is: .user("ada"))
        try expect(found.scopes, is: [.operator, .viewer])
        try expect(found.allows(.viewer) && !found.allows(.admin), "\(found.scopes)")
        try expect(try await authenticate(revoked), is: .refused(.revoked))
        guard case .accepted = try await authenticate(expiring, at: 99) else {
            throw BrokenPromise(description: "it has not expired yet")
        }
        try expect(try await authenticate(expiring, at: 100), is: .refused(.expired))
        try expect(try await authenticate(token(4)), is: .refused(.unknown))
        var forged = record(token(5))
        forged.digest = SHA256Digest(of: "another secret")
        try await bench.store.addToken(forged)
        try expect(try await authenticate(token(5)), is: .refused(.wrongSecret))
        ada.isDisabled = true
        try await bench.store.put(ada)
        try expect(try await authenticate(good), is: .refused(.disabled))
        try expect(try await bench.store.users(), is: [ada])
        try await expect(.exists(kind: "token", id: good.id)) { try await bench.store.addToken(record(good)) }
    }

    @Sendable private static func tokenUse(_ bench: StoreBench) async throws {
        try await bench.store.put(UserRecord("ada", name: "Ada", createdAt: StoreBench.then))
        try await bench.store.addToken(record(token(1)))
        var noted: [Timestamp?] = []
        for seconds in [0, 30, 59, 60, 61] {
            _ = try await bench.store.authenticate(token(1), at: StoreBench.at(seconds))
            noted.append(try await bench.store.tokens(of: nil).first?.lastUsedAt)
        }
        try expect(noted, is: [0, 0, 0, 60, 60].map { StoreBench.at($0) })
    }

    @Sendable private static func owners(_ bench: StoreBench) async throws {
        try await expect(.unknownUser("ada")) { try await bench.store.addToken(record(token(1))) }
        let anna = StoreBench.daemonID()
        let daemonToken = record(token(2, .daemon), .daemon(anna), [.daemon])
        try await expect(.unknownDaemon(anna)) { try await bench.store.addToken(daemonToken) }
        try await bench.store.put(UserRecord("ada", name: "Ada", createdAt: StoreBench.then))
        try await bench.store.put(DaemonRecord(anna, name: "a", enrolledAt: StoreBench.then))
        try await bench.store.addToken(record(token(1)))
        try await bench.store.addToken(daemonToken)
        try expect(try await bench.store.tokens(of: .daemon(anna)), is: [daemonToken])
        try expect(try await bench.store.tokens(of: .user("ada")), is: [record(token(1))])
        try expect(try await bench.store.tokens(of: nil).count, is: 2)
        // With a daemon its tokens go.
        _ = try await bench.store.removeDaemon(anna)
        try expect(try await bench.store.authenticate(token(2, .daemon), at: StoreBench.then), is: .refused(.unknown))
    }

    @Sendable private static func audit(_ bench: StoreBench) async throws {
        let entries = (1...5)
            .map {
                AuditEntry(at: StoreBench.at($0), actor: "ada", action: "token.revoked", subject: "\($0)", detail: "{}")
            }
        for entry in entries { try await bench.store.audit(entry) }
        let page = try await bench.store.auditLog(before: nil, limit: 3)
        try expect(page.map(\.entry), is: entries.reversed().prefix(3).map { $0 })
        let rest = try await bench.store.auditLog(before: page.last?.number, limit: 9)
        try expect(rest.map(\.entry), is: [entries[1], entries[0]])
    }

    // MARK: - Upkeep

    static var upkeep: [Case] {
        [
            Case("what is old enough is forgotten, and no more", on: prune),
            Case("of tasks at rest output and work can be forgotten", on: pruneRest),
            Case("of old sessions the last of each daemon stays", on: pruneSessions),
        ]
    }

    @Sendable private static func pruneRest(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let blob = BlobKey(SHA256Digest(of: "x"), size: 1)
        for seed in 1...3 {
            _ = try await bench.assign(seed, to: session)
            let note = NewEvent(.note, at: StoreBench.then, body: "n")
            let events = [StoreBench.output("1"), StoreBench.output("2"), note]
            let told = StoreBench.entry(2 * seed - 1, of: seed, sequence: 1, InboxEffect(events: events))
            _ = try await bench.store.take(told, from: session, at: StoreBench.then)
            _ = try await bench.store.beginBlob(blob, of: StoreBench.id(seed), at: StoreBench.then)
            _ = try await bench.store.appendBlob(blob.digest, of: StoreBench.id(seed), at: 0, Array("x".utf8))
            // The third one is at work still.
            let status = StoreBench.status(seed == 3 ? .running : .paused)
            let end = StoreBench.entry(2 * seed, of: seed, sequence: 2, status)
            _ = try await bench.store.take(end, from: session, at: StoreBench.then)
        }
        // Somebody waits for the work of the second.
        try await bench.add(9, TaskDemands(dependencies: [Dependency(StoreBench.id(2))]), at: StoreBench.at(9999))
        var rules = PruneRules(partialBlobs: nil)
        rules.output = .seconds(3600)
        rules.blobs = .seconds(3600)
        try expect(try await bench.store.prune(rules, at: StoreBench.at(3600), limit: 9).isEmpty, is: true)
        var found = PruneReport()
        while true {
            let report = try await bench.store.prune(rules, at: StoreBench.at(3601), limit: 3)
            if report.isEmpty { break }
            found.output += report.output
            found.blobs += report.blobs
        }
        try expect([found.output, found.blobs], is: [4, 1])
        try expect(try await bench.told(1), is: ["n"])
        try expect(try await bench.told(3), is: ["1", "2", "n"], "somebody has it")
        func hasWork(_ seed: Int) async throws -> Bool {
            try await bench.store.readBlob(blob.digest, of: StoreBench.id(seed), at: 0, limit: 1) != nil
        }
        try expect([try await hasWork(1), try await hasWork(2), try await hasWork(3)], is: [false, true, true])
        // What is printed in another run is forgotten in its time as well.
        try await bench.force(1, .pending)
        _ = try await bench.assign(1, to: session)
        let later = InboxEffect(events: [StoreBench.output("3")])
        let entries = [
            StoreBench.entry(7, of: 1, attempt: 2, sequence: 1, later),
            StoreBench.entry(8, of: 1, attempt: 2, sequence: 2, StoreBench.status(.paused)),
        ]
        _ = try await bench.store.take(entries, from: session, at: StoreBench.at(2))
        try expect(try await bench.store.prune(rules, at: StoreBench.at(9000), limit: 9).output, is: 1)
    }

    @Sendable private static func pruneSessions(_ bench: StoreBench) async throws {
        for second in 0...2 { try await bench.connect(at: StoreBench.at(second)) }
        let last = try await bench.connect("berta")
        _ = try await bench.store.endSession(last, .closed, at: StoreBench.at(1))
        let month = 30 * 86_400
        try expect(try await bench.store.prune(PruneRules(), at: StoreBench.at(month + 1), limit: 9).sessions, is: 0)
        try expect(try await bench.store.prune(PruneRules(), at: StoreBench.at(month + 9), limit: 9).sessions, is: 2)
        try expect(try await bench.store.latestSession(of: last.daemon)?.number, is: last.number)
        try expect(try await bench.store.latestSession(of: StoreBench.daemonID())?.end, is: nil)
    }

    @Sendable private static func prune(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        for seed in 1...2 { _ = try await bench.assign(seed, to: session) }
        let entries = [
            StoreBench.entry(1, of: 1, sequence: 1, InboxEffect(events: [StoreBench.output("of one")])),
            StoreBench.entry(2, of: 2, sequence: 1, InboxEffect(events: [StoreBench.output("of two")])),
            StoreBench.entry(3, of: 1, sequence: 2, StoreBench.status(.done)),
            StoreBench.entry(4, of: 1, sequence: 3, StoreBench.status(.done)),
        ]
        _ = try await bench.store.take(entries, from: session, at: StoreBench.then)
        _ = try await bench.store.enqueue(NewCommand("open", to: session.daemon, document: ""), at: StoreBench.then)
        _ = try await bench.store.enqueue(NewCommand("done", to: session.daemon, document: ""), at: StoreBench.then)
        _ = try await bench.store.acknowledge(CommandReply("done"), by: session.daemon, at: StoreBench.then)
        try await bench.store.audit(AuditEntry(at: StoreBench.then, actor: "a", action: "b"))
        let blob = BlobKey(SHA256Digest(of: "x"), size: 1)
        _ = try await bench.store.beginBlob(blob, of: StoreBench.id(2), at: StoreBench.then)
        let hour = Duration.seconds(3600)
        var rules = PruneRules(
            events: hour,
            refusals: hour,
            audit: hour,
            requests: hour,
            commands: hour,
            partialBlobs: hour
        )
        try expect(try await bench.store.prune(rules, at: StoreBench.at(3600), limit: 9).isEmpty, is: true)
        let report = try await bench.store.prune(rules, at: StoreBench.at(3601), limit: 9)
        var expected = PruneReport()
        (expected.events, expected.refusals, expected.audit, expected.commands) = (1, 1, 1, 1)
        expected.partialBlobs = 1
        try expect(report, is: expected)
        try expect(try await bench.told(1), is: [])
        try expect(try await bench.told(2), is: ["of two"], "somebody has it")
        try expect(try await bench.store.command("open") != nil, is: true)
        // No position is used twice.
        let statuses = try await bench.store.events(of: StoreBench.id(1), after: 0, kinds: nil, limit: 99)
        let next = try await bench.store.append([StoreBench.output("new")], to: StoreBench.id(1))
        try expect(next > (statuses.last?.position ?? 0), "positions count on")

        rules.doneTasks = hour
        try await bench.add(3, TaskDemands(dependencies: [Dependency(StoreBench.id(1), .merged)]))
        try expect(try await bench.store.prune(rules, at: StoreBench.at(9999), limit: 9).doneTasks, is: 0)
        try expect(try await bench.store.task(StoreBench.id(1)) != nil, is: true, "another one waits for it")
        _ = try await bench.store.delete(StoreBench.id(3))
        try expect(try await bench.store.prune(rules, at: StoreBench.at(9999), limit: 9).doneTasks, is: 1)
        try expect(try await bench.store.task(StoreBench.id(1)), is: nil)
        try expect(try await bench.store.task(StoreBench.id(2)) != nil, is: true)
    }
}
