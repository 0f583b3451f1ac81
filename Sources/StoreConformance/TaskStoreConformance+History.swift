import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var history: [Case] {
        [
            Case("events are read on from where one stopped", on: events),
            Case("a change of status is in the history", on: statusEvents),
            Case("an iteration has one end", on: iterations),
            Case("what a restore took is kept with the attempt that it is of", on: keptCheckpoints),
            Case("what was spent in a time is found, over all tasks, also when they are gone", on: spending),
            Case("what agents claim to have spent is summed up as far as numbers go", on: absurdSpending),
        ]
    }

    @Sendable private static func keptCheckpoints(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.assign(to: session)
        let key = AttemptKey(task.id, 1)
        let entries = [7, 8].map { CheckpointEntry($0, takenAt: StoreBench.then, document: "{\"n\":\($0)}") }
        let event = NewEvent(.checkpoint, at: StoreBench.then, body: "{}")
        for _ in 0..<2 { try await bench.store.keep(entries, of: key, events: [event]) }
        let kept = try await bench.store.checkpoints(of: task.id)
        try expect(kept.map(\.document), is: ["{\"n\":7}", "{\"n\":8}"])
        try expect(kept.map(\.attempt), is: [1, 1])
        let told = try await bench.store.events(of: task.id, after: 0, kinds: [.checkpoint], limit: 9)
        try expect(told.count, is: 2)
        try await expect(.unknownTask(StoreBench.id(9))) {
            try await bench.store.keep(entries, of: AttemptKey(StoreBench.id(9), 1), events: [event])
        }
    }

    @Sendable private static func events(_ bench: StoreBench) async throws {
        let task = try await bench.add()
        let new = (1...25)
            .map { NewEvent($0 % 5 == 0 ? .person : .output, at: StoreBench.at($0), body: "line \($0)\u{1B}[0m☃") }
        let last = try await bench.store.append(new, to: task.id)
        var found: [FleetEvent] = []
        while true {
            let page = try await bench.store.events(of: task.id, after: found.last?.position ?? 0, kinds: nil, limit: 7)
            guard !page.isEmpty else { break }
            found += page
        }
        try expect(found.last?.position, is: last)
        try expect(found.map(\.position), is: Array(1...last))
        try expect(found.map(\.event).filter { $0.kind != .status }, is: new)
        let said = try await bench.store.events(of: task.id, after: 0, kinds: [.person], limit: 99)
        try expect(said.map(\.event), is: new.filter { $0.kind == .person })
        try expect(try await bench.store.events(of: task.id, after: 0, kinds: [], limit: 9), is: [])
        try expect(try await bench.store.append([], to: task.id), is: last)
        // What no database takes as text.
        let end = try await bench.store.append([StoreBench.output("a\0b")], to: task.id)
        let odd = try await bench.store.events(of: task.id, after: end - 1, kinds: nil, limit: 9)
        try expect(odd.map(\.event.body), is: ["a\u{FFFD}b"])
        try await expect(.unknownTask(StoreBench.id(9))) { try await bench.store.append(new, to: StoreBench.id(9)) }
        try expect(try await bench.store.events(of: StoreBench.id(9), after: 0, kinds: nil, limit: 9), is: [])
    }

    @Sendable private static func statusEvents(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        let running = StoreBench.entry(1, StoreBench.status(.running))
        // The same status once more, with other figures, is no news.
        let again = StoreBench.entry(2, StoreBench.status(.running, iterations: 2))
        _ = try await bench.store.take([running, again], from: session, at: StoreBench.at(1))
        let events = try await bench.store.events(of: StoreBench.id(), after: 0, kinds: [.status], limit: 99)
        try expect(events.count, is: 3, "made, handed out, running: \(events)")
        try expect(events.last?.event.body.contains("\"running\""), is: true)
        try expect(events.map(\.attempt), is: [0, 1, 1])
    }

    @Sendable private static func iterations(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        func tell(_ number: Int, _ entry: IterationEntry) async throws {
            var effect = InboxEffect()
            effect.iterations = [entry]
            _ = try await bench.store.take(StoreBench.entry(number, effect), from: session, at: StoreBench.then)
        }
        let begun = IterationEntry(1, startedAt: StoreBench.then, document: "begun")
        var ended = IterationEntry(1, startedAt: StoreBench.then, endedAt: StoreBench.at(9), document: "ended")
        var other = IterationEntry(1, startedAt: StoreBench.then, endedAt: StoreBench.at(10), document: "other")
        try await tell(1, begun)
        try await tell(2, ended)
        try await tell(3, other)
        other = IterationEntry(1, turn: 2, startedAt: StoreBench.at(11), document: "try")
        try await tell(4, other)
        ended.attempt = 1
        other.attempt = 1
        try expect(try await bench.store.iterations(of: StoreBench.id()), is: [ended, other])
    }

    /// Iterations that ended at 2, 4 and 7; the one at 4 did not count, and told no cost.
    private static func spend(_ task: Int, _ bench: StoreBench, _ session: SessionKey) async throws {
        var effect = InboxEffect()
        effect.iterations = [2, 4, 7].enumerated()
            .map { index, end in
                var entry = IterationEntry(index + 1, startedAt: StoreBench.then, endedAt: StoreBench.at(end))
                let cost = end == 4 ? nil : USD(microdollars: Int64(task * 10 + end))
                entry.spent = Spending(iterations: end == 4 ? 0 : 1, usage: Usage(cost: cost, tokens: end))
                return entry
            }
        effect.iterations.append(IterationEntry(9, startedAt: StoreBench.then, document: "goes on"))
        _ = try await bench.assign(task, to: session)
        for number in 1...2 {
            let entry = StoreBench.entry(2 * (task - 1) + number, of: task, sequence: number, effect)
            _ = try await bench.store.take(entry, from: session, at: StoreBench.then)
        }
    }

    @Sendable private static func spending(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        for task in 1...2 { try await spend(task, bench, session) }
        func spent(_ times: ClosedRange<Int>) async throws -> [TaskID: Spending] {
            try await bench.store.spending(in: StoreBench.at(times.lowerBound)..<StoreBench.at(times.upperBound))
        }
        func spending(_ iterations: Int, _ cost: Int64?, _ tokens: Int) -> Spending {
            let usage = Usage(cost: cost.map { USD(microdollars: $0) }, tokens: tokens)
            return Spending(iterations: iterations, usage: usage)
        }
        let both = [StoreBench.id(1): spending(1, 12, 6), StoreBench.id(2): spending(1, 22, 6)]
        try expect(try await spent(2...7), is: both)
        try expect(
            try await spent(2...8),
            is: [StoreBench.id(1): spending(2, 29, 13), StoreBench.id(2): spending(2, 49, 13)]
        )
        try expect(try await spent(3...7)[StoreBench.id(1)], is: spending(0, nil, 4))
        try expect(try await spent(8...99), is: [:])
        let done = StoreBench.entry(5, of: 1, sequence: 3, StoreBench.status(.done))
        _ = try await bench.store.take(done, from: session, at: StoreBench.then)
        try expect(try await bench.store.delete(StoreBench.id(1)), is: .deleted)
        try expect(try await spent(2...7), is: both, "it was spent all the same")
        let year = 365 * 86_400
        try expect(try await bench.store.prune(PruneRules(), at: StoreBench.at(year + 5), limit: 9).spending, is: 4)
        try expect(try await spent(0...99)[StoreBench.id(1)], is: spending(1, 17, 7))
    }

    @Sendable private static func absurdSpending(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(1, to: session)
        var effect = InboxEffect()
        effect.iterations = (1...3)
            .map { number in
                var entry = IterationEntry(number, startedAt: StoreBench.then, endedAt: StoreBench.at(1))
                entry.spent = Spending(iterations: 1, usage: Usage(cost: USD(microdollars: -9), tokens: .max))
                return entry
            }
        _ = try await bench.store.take(StoreBench.entry(1, effect), from: session, at: StoreBench.then)
        let spent = try await bench.store.spending(in: StoreBench.then..<StoreBench.at(2))[StoreBench.id(1)]
        try expect(spent, is: Spending(iterations: 3, usage: Usage(cost: .zero, tokens: .max)))
    }

    // MARK: - Blobs

    static var blobs: [Case] {
        [
            Case("a blob counts when all of it is there", on: blobInParts),
            Case("bytes that are not what was announced are thrown away", on: wrongBytes),
            Case("a blob has its bounds") { place in
                let store = try await place.open(StoreSettings(mostBlobBytes: 10, mostPartBytes: 4))
                let bench = StoreBench(store)
                try await bench.add()
                let digest = SHA256Digest(of: "0123456789")
                try await expect(.tooLarge(what: "blob", bytes: 11, limit: 10)) {
                    try await store.beginBlob(BlobKey(digest, size: 11), of: StoreBench.id(), at: StoreBench.then)
                }
                _ = try await store.beginBlob(BlobKey(digest, size: 3), of: StoreBench.id(), at: StoreBench.then)
                try await expect(.tooLarge(what: "part", bytes: 5, limit: 4)) {
                    try await store.appendBlob(digest, of: StoreBench.id(), at: 0, [1, 2, 3, 4, 5])
                }
                try await expect(.tooLarge(what: "blob", bytes: 4, limit: 3)) {
                    try await store.appendBlob(digest, of: StoreBench.id(), at: 0, [1, 2, 3, 4])
                }
            },
        ]
    }

    @Sendable private static func blobInParts(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.assign(to: session)
        let bytes = (0..<100).map { UInt8($0) }
        let key = BlobKey(SHA256Digest(of: bytes), size: 100)
        var effect = InboxEffect()
        effect.checkpoints = [CheckpointEntry(1, takenAt: StoreBench.then, blob: key)]
        _ = try await bench.store.take(StoreBench.entry(1, effect), from: session, at: StoreBench.then)
        try await expect(.unknownBlob(key.digest.description)) {
            try await bench.store.appendBlob(key.digest, of: task.id, at: 0, bytes)
        }
        func append(_ range: Range<Int>) async throws -> BlobProgress {
            try await bench.store.appendBlob(key.digest, of: task.id, at: range.lowerBound, Array(bytes[range]))
        }
        _ = try await bench.store.beginBlob(key, of: task.id, at: StoreBench.then)
        try expect(try await append(0..<40).received, is: 40)
        try expect(try await append(0..<40).received, is: 40, "once more")
        try await expect(.partMisplaced(offset: 50, expected: 40)) { try await append(50..<60) }
        try expect(try await append(30..<60).received, is: 60, "what is there already is no error")
        let progress = try await bench.store.beginBlob(key, of: task.id, at: StoreBench.at(1))
        try expect(progress, is: BlobProgress(received: 60, size: 100, isVerified: false))
        try expect(try await bench.store.readBlob(key.digest, of: task.id, at: 0, limit: 10), is: nil)
        try expect(try await bench.store.checkpoints(of: task.id).map(\.isStored), is: [false])
        try expect(try await append(60..<100), is: BlobProgress(received: 100, size: 100, isVerified: true))
        try expect(try await bench.store.checkpoints(of: task.id).map(\.isStored), is: [true])
        try expect(try await bench.store.checkpoints(of: task.id).map(\.blob), is: [key])
        try expect(try await bench.store.readBlob(key.digest, of: task.id, at: 0, limit: 1000), is: bytes)
        let middle = try await bench.store.readBlob(key.digest, of: task.id, at: 35, limit: 30)
        try expect(middle, is: Array(bytes[35..<65]))
        try expect(try await bench.store.readBlob(key.digest, of: task.id, at: 100, limit: 9), is: [])
        try expect(try await bench.store.readBlob(key.digest, of: StoreBench.id(9), at: 0, limit: 9), is: nil)
        let empty = BlobKey(SHA256Digest(of: ""), size: 0)
        try expect(try await bench.store.beginBlob(empty, of: task.id, at: StoreBench.then).isVerified, is: true)
    }

    @Sendable private static func wrongBytes(_ bench: StoreBench) async throws {
        let task = try await bench.add()
        let digest = SHA256Digest(of: "right")
        _ = try await bench.store.beginBlob(BlobKey(digest, size: 5), of: task.id, at: StoreBench.then)
        try await expect(
            .digestMismatch(expected: digest.description, found: SHA256Digest(of: "wrong").description)
        ) { try await bench.store.appendBlob(digest, of: task.id, at: 0, Array("wrong".utf8)) }
        try await expect(.unknownBlob(digest.description)) {
            try await bench.store.appendBlob(digest, of: task.id, at: 0, Array("right".utf8))
        }
        _ = try await bench.store.beginBlob(BlobKey(digest, size: 5), of: task.id, at: StoreBench.then)
        let progress = try await bench.store.appendBlob(digest, of: task.id, at: 0, Array("right".utf8))
        try expect(progress.isVerified, is: true)
        try await expect(.unknownTask(StoreBench.id(9))) {
            try await bench.store.beginBlob(BlobKey(digest, size: 5), of: StoreBench.id(9), at: StoreBench.then)
        }
    }

    // MARK: - Questions

    static var questions: [Case] { [Case("a question has one answer", on: oneAnswer)] }

    @Sendable private static func oneAnswer(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.assign(to: session)
        let keys = (1...3).map { QuestionKey(AttemptKey(task.id, 1), $0) }
        var effect = InboxEffect()
        effect.questions = keys.map { QuestionEntry($0, askedAt: StoreBench.at($0.number)) }
        _ = try await bench.store.take(StoreBench.entry(1, effect), from: session, at: StoreBench.then)
        try expect(try await bench.store.openQuestions(limit: 9).map(\.key), is: keys)
        try expect(try await bench.store.openQuestions(limit: 1).map(\.key), is: [keys[0]])
        var withdrawal = InboxEffect()
        withdrawal.withdrawnQuestions = [3]
        _ = try await bench.store.take(StoreBench.entry(2, withdrawal), from: session, at: StoreBench.then)

        let yes = QuestionEntry.Answer("yes", by: "ada", at: StoreBench.at(5))
        func reply(_ key: String) -> KeyedReply {
            KeyedReply(RequestKey(key, fingerprint: SHA256Digest(of: key)), "{}")
        }
        func answer(_ key: QuestionKey, _ answer: QuestionEntry.Answer, _ name: String) async throws -> AnswerOutcome {
            let events = [NewEvent(.person, at: answer.at, body: answer.text)]
            return try await bench.store.answer(key, answer, events: events, reply: reply(name))
        }
        var expected = QuestionEntry(keys[0], askedAt: StoreBench.at(1))
        expected.answer = yes
        try expect(try await answer(keys[0], yes, "a"), is: .answered(expected))
        try expect(try await answer(keys[0], yes, "a"), is: .repeated("{}"))
        let no = QuestionEntry.Answer("no", by: "bob", at: StoreBench.at(6))
        try expect(try await answer(keys[0], no, "b"), is: .closedBefore(expected))
        guard case .closedBefore = try await answer(keys[2], no, "b") else {
            throw BrokenPromise(description: "the agent has taken it back")
        }
        let unknown = QuestionKey(AttemptKey(task.id, 1), 9)
        try expect(try await answer(unknown, no, "b"), is: .unknown)
        try expect(try await bench.store.reply(to: reply("b").key), is: nil)
        try expect(try await bench.told().suffix(1), is: ["yes"])
        try expect(try await bench.store.openQuestions(limit: 9).map(\.key), is: [keys[1]])
        // What an attempt that is over has asked nobody needs to answer.
        let declined = StoreBench.entry(3, InboxEffect(.declined))
        _ = try await bench.store.take(declined, from: session, at: StoreBench.then)
        _ = try await bench.assign(to: session)
        try expect(try await bench.store.openQuestions(limit: 9), is: [])
        try expect(try await bench.store.questions(of: task.id).count, is: 3)
    }
}
