import Domain
import Glibc
import Journal
import Processes
import Synchronization
import TestSupport
import Testing
import Workspaces

@testable import Runner

/// Removal on real workspaces.
struct GarbageCollectionTests {
    private static let far = Timestamp(millisecondsSince1970: 4_000_000_000_000)
    private static let all = Retention(workspaces: .zero, logs: .zero)

    /// A task that an agent has worked on and that is done.
    private func finished(_ bench: RunBench, _ change: (inout TaskSpec) -> Void = { _ in }) async throws -> TaskRecord {
        bench.turn(nil, #"work; printf "$ready""#)
        return try await bench.run(bench.spec(.command, change))
    }

    @discardableResult
    private func collect(
        _ bench: RunBench,
        _ retention: Retention = all,
        _ change: (inout GarbageRequest) -> Void = { _ in },
        remove: @escaping @Sendable (String) throws -> Void = OwnFiles.remove
    ) async throws -> [GarbageEntry] {
        bench.clock.set(Self.far)
        var request = GarbageRequest(retention: retention)
        change(&request)
        var collection = GarbageCollection(parts: bench.service.parts, request: request)
        collection.remove = remove
        let seen = Mutex<[GarbageEntry]>([])
        try await collection.run { entry in seen.withLock { $0.append(entry) } }
        return seen.withLock { $0 }
    }

    private func directory(_ bench: RunBench, _ task: TaskRecord) -> TaskDirectory {
        bench.service.parts.state.task(task.id)
    }

    private func last(_ bench: RunBench, _ task: TaskRecord) async throws -> String {
        try await bench.shell(
            "git for-each-ref --sort=-version:refname --count=1 --format='%(refname)' refs/makima/checkpoints/\(task.id)"
        )
        .filter { $0 != "\n" }
    }

    @Test func withoutARetentionEverythingStays() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        let entries = try await collect(bench, Retention())
        #expect(entries.map(\.verdict.code) == ["no_retention", "no_retention"])
        #expect(entries.allSatisfy { $0.bytes > 0 && $0.explanation.hint != nil })
        #expect(TestFiles.exists("\(directory(bench, task).tree)/work.txt"))
    }

    @Test func aDryRunChangesNothing() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        let before = try await bench.shell("cd ../state && find . -type f ! -name 'journal*' | sort | xargs sha256sum")
        let entries = try await collect(bench) { $0.isDryRun = true }
        #expect(entries.map(\.verdict.code) == ["retired", "old_output"])
        #expect(
            try await bench.shell("cd ../state && find . -type f ! -name 'journal*' | sort | xargs sha256sum") == before
        )
        #expect(TestFiles.exists(directory(bench, task).tree))
    }

    @Test func aDoneTaskKeepsItsWorkAndItsHistory() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        let place = directory(bench, task)
        // Written when no makima looked.
        bench.directory.write("late\n", to: "state/tasks/\(task.id)/tree/late.txt")
        let entries = try await collect(bench)
        #expect(entries.map(\.verdict.code) == ["retired", "old_output"])
        for path in [place.tree, place.git, place.home, "\(place.root)/vault", "\(place.runs)/1"] {
            #expect(!TestFiles.exists(path), "\(path)")
        }
        let ref = try await last(bench, task)
        #expect(try await bench.shell("git show \(ref):late.txt; git show \(ref):work.txt") == "late\n1\n")
        #expect(try await bench.shell("git for-each-ref refs/makima/base refs/makima/imported").isEmpty)
        #expect(try await bench.journal.task(task.id)?.status == .done)
        #expect(String(decoding: try await bench.service.diff(task.id, .total).text, as: UTF8.self).contains("+late"))
        #expect(try await collect(bench).isEmpty)
        try await bench.service.discard(task.id, force: false)
        #expect(!TestFiles.exists(place.root))
        #expect(try await last(bench, task) == ref)
    }

    @Test func aTaskThatStoppedCannotGoOnWithoutItsWorkspace() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"work; printf "$unready""#)
        let task = try await bench.run(bench.spec(.command) { $0.limits.maxIterations = 1 })
        #expect(task.status == .iterationLimitReached)
        // It can go on, and so it stays.
        let spared = try await collect(bench, Retention(workspaces: .zero))
        #expect(spared.first?.verdict == .keep(.resumable(.iterationLimitReached)))
        #expect(spared.first?.explanation.hint?.contains("--stopped") == true)
        #expect(TestFiles.exists(directory(bench, task).tree))
        #expect(try await bench.service.dossier(task.id).removedUpTo == nil)
        let gone = try await collect(bench) { $0.includesStopped = true }
        #expect(gone.map(\.verdict.code) == ["retired", "old_output"])
        // Whatever it is asked, it says so before it asks for anything else.
        await #expect(throws: WorkspaceError.self) { try await bench.service.say("go on", to: task.id) }
        await #expect(throws: WorkspaceError.self) { try await bench.service.answer("yes", to: task.id, question: nil) }
        let error = await #expect(throws: WorkspaceError.self) { try await bench.resume(task) }
        guard case .removed(task.id, let number) = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(error?.hint.contains("refs/makima/checkpoints/\(task.id)/\(number)") == true)
        #expect(try await last(bench, task).hasSuffix("/\(number)"))
        #expect(try await bench.service.dossier(task.id).removedUpTo == number)
        #expect(try await bench.service.list().removed == [task.id: number])
        #expect(bench.starts == 1)
    }

    @Test func whatCannotBeShownToBeElsewhereStays() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"work; git init -q nested; echo n >nested/n; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command))
        let entry = try #require(try await collect(bench).first)
        guard case .keep(.unproven(_, let hint)) = entry.verdict else { return #expect(Bool(false), "\(entry)") }
        #expect(hint.contains("--force"))
        #expect(TestFiles.exists("\(directory(bench, task).tree)/nested/n"))
        let parts = bench.service.parts
        let confinement = try await parts.confinement(for: task.spec)
        try await parts.workspaces(confinement).open(parts.site(of: task.spec)).verify()
    }

    @Test func aTaskThatIsOwnedIsLeftAlone() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        let lock = try #require(try OwnerLock.acquire(directory(bench, task).ownerLock))
        #expect(try await collect(bench).map(\.verdict) == [.keep(.owned)])
        lock.release()
        #expect(TestFiles.exists(directory(bench, task).tree))
        #expect(try await collect(bench).map(\.verdict.code) == ["retired", "old_output"])
    }

    /// However often it is interrupted, the next one goes on and nothing is wrong.
    @Test(arguments: 0..<8) func anInterruptedCollectionIsGoneOnWith(steps: Int) async throws {
        struct Interrupted: Error {}
        let bench = try await RunBench()
        let task = try await finished(bench)
        for name in ["by-hand-1/record", "checkouts/x/file"] {
            bench.directory.write("", to: "state/tasks/\(task.id)/\(name)")
        }
        bench.directory.write("", to: "state/rooms/999999999/home/x")
        let count = Mutex(0)
        let remove: @Sendable (String) throws -> Void = { path in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number > steps { throw Interrupted() }
            try OwnFiles.remove(path)
        }
        _ = try await collect(bench, remove: remove)
        #expect(try await bench.journal.task(task.id)?.status == .done)
        _ = try await collect(bench)
        #expect(try await collect(bench).isEmpty)
        let place = directory(bench, task)
        #expect(
            Directory.names(in: place.root).sorted()
                == ["checks", "owner.lock", "removed", "runs"]
                .filter {
                    TestFiles.exists("\(place.root)/\($0)")
                }
        )
        #expect(Directory.names(in: place.runs).isEmpty)
        let ref = try await last(bench, task)
        #expect(try await bench.shell("git show \(ref):work.txt") == "1\n")
    }

    @Test func anUnknownTasksWorkIsBroughtHome() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        try await bench.journal.delete(task.id)
        bench.directory.write("late\n", to: "state/tasks/\(task.id)/tree/late.txt")
        #expect(try await collect(bench, Retention()).map(\.verdict.code).contains("no_retention"))
        #expect(try await collect(bench).first?.verdict.code == "unknown_retired")
        _ = try await collect(bench)
        #expect(!TestFiles.exists(directory(bench, task).root))
        #expect(try await bench.shell("git show \(try await last(bench, task)):late.txt") == "late\n")
    }

    /// Another state directory's tasks look forgotten from here, and an earlier checkpoint may have what no branch has.
    @Test func refsOfTasksThatAreNotItsOwnStay() async throws {
        let bench = try await RunBench()
        let other = try await RunBench()
        bench.turn(1, #"echo only >only.txt; work; printf "$unready""#)
        bench.turn(2, #"rm only.txt; work; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command) { $0.completion = .branch })
        try await collect(bench)
        let repository = task.spec.repository.path
        let refs = try await bench.shell("git for-each-ref refs/makima")
        #expect(!refs.isEmpty)
        #expect(try await bench.shell("git log --all --format=%H -- only.txt").isEmpty == false)
        let entries = try await collect(other) { $0.repositories = [repository] }
        #expect(entries.map(\.verdict) == [.keep(.foreignRefs)])
        #expect(try await bench.shell("git for-each-ref refs/makima") == refs)
        // Its own forgotten ones, too: nothing tells them apart.
        try await bench.service.discard(task.id, force: false)
        let forgotten = try await collect(bench) { $0.repositories = [repository] }
        #expect(forgotten.map(\.verdict) == [.keep(.foreignRefs)])
        let command = try #require(forgotten.first?.explanation.hint?.split(separator: "let go of it: ").last)
        try await bench.shell(String(command))
        #expect(try await bench.shell("git for-each-ref refs/makima").isEmpty)
    }

    @Test func ignoredFilesAreNotWorkThatIsInTheRepository() async throws {
        let bench = try await RunBench()
        bench.turn(
            nil,
            """
            printf 'results/\\nnode_modules/\\n' >.gitignore; mkdir -p results node_modules/x
            echo 12 >results/run1.csv; echo x >node_modules/x/y; work; printf "$ready"
            """
        )
        let task = try await bench.run(bench.spec(.command))
        let files = IgnoredFiles(count: 1, bytes: 3, names: ["results/run1.csv"])
        let foreseen = try await collect(bench, Retention(workspaces: .zero)) { $0.isDryRun = true }
        #expect(foreseen.first?.verdict == .keep(.ignoredFiles(files)))
        let before = try await last(bench, task)
        let entry = try #require(try await collect(bench, Retention(workspaces: .zero)).first)
        #expect(entry.verdict == .keep(.ignoredFiles(files)))
        #expect(entry.explanation.sentence == "No checkpoint has 1 ignored file (3 bytes): results/run1.csv.")
        #expect(entry.explanation.hint?.contains("--ignored") == true)
        #expect(TestFiles.exists("\(directory(bench, task).tree)/results/run1.csv"))
        #expect(try await last(bench, task) == before)
        let gone = try #require(try await collect(bench) { $0.includesIgnored = true }.first)
        #expect(gone.verdict == .remove(.retired(.done, since: task.updatedAt, losing: files)))
        #expect(gone.explanation.sentence.hasSuffix("but for 1 ignored file (3 bytes): results/run1.csv."))
        #expect(gone.ignoredFiles == ["results/run1.csv"])
        #expect(!TestFiles.exists(directory(bench, task).tree))
    }

    @Test func noDiscardTakesIgnoredFilesUnasked() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"echo '*.env' >.gitignore; echo 12 >x.env; work; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command))
        let files = IgnoredFiles(count: 1, bytes: 3, names: ["x.env"])
        await #expect(throws: ServiceError.ignoredFiles(task.id, files)) {
            try await bench.service.discard(task.id, force: false)
        }
        #expect(TestFiles.exists("\(directory(bench, task).tree)/x.env"))
        try await bench.service.discard(task.id, force: true)
        #expect(try await bench.journal.task(task.id) == nil)
    }

    @Test func ignoredFilesOfUnknownTasksStayToo() async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"echo '*.csv' >.gitignore; echo 12 >run1.csv; work; printf "$ready""#)
        let task = try await bench.run(bench.spec(.command))
        try await bench.journal.delete(task.id)
        for isDryRun in [true, false] {
            let entry = try await collect(bench, Retention(workspaces: .zero)) { $0.isDryRun = isDryRun }.first
            #expect(entry?.verdict == .keep(.ignoredFiles(IgnoredFiles(count: 1, bytes: 3, names: ["run1.csv"]))))
        }
        let gone = try await collect(bench) { $0.includesIgnored = true }.first
        #expect(gone?.verdict.code == "unknown_retired")
        #expect(gone?.ignoredFiles == ["run1.csv"])
    }

    /// Its agent may have come to its end: the next owner believes what it said.
    @Test(arguments: [TaskStatus.running, .interrupted])
    func nothingGoesOfATaskWithAnOpenIteration(status: TaskStatus) async throws {
        let bench = try await RunBench()
        let task = try await bench.abandoned(as: status)
        for isDryRun in [true, false] {
            let entries = try await collect(bench) {
                $0.includesStopped = true
                $0.isDryRun = isDryRun
            }
            #expect(entries.map(\.verdict) == [.keep(.unrecorded)])
        }
        #expect(try await bench.iterations(of: task).last?.endedAt == nil)
        #expect(try await bench.journal.task(task.id)?.status == status)
        #expect(TestFiles.exists("\(directory(bench, task).runs)/1"))
        #expect(TestFiles.exists(directory(bench, task).tree))
    }

    @Test func pinsOfOtherStateDirectoriesStay() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        let other = try await RunBench()
        let repository = task.spec.repository.path
        let entries = try await collect(other) { $0.repositories = [repository] }
        #expect(entries.map(\.verdict) == [.keep(.pinned)])
        #expect(try await bench.shell("git for-each-ref refs/makima/base").isEmpty == false)
    }

    @Test func whatIsNobodysGoesAtOnce() async throws {
        let bench = try await RunBench()
        let own = "\(getpid())"
        for name in [
            "rooms/999999999/home/x", "rooms/\(own)/home/x", "etc-1234/passwd", "shim-00ff", "doctor-999999999",
            "merges/0123456789/work/vault/HEAD", "merges/held/home/x",
        ] {
            bench.directory.write("x", to: "state/\(name)")
        }
        makeEmpty("\(bench.directory.path)/state/tasks/0123456789")
        bench.directory.write("x", to: "state/tasks/notes/text")
        let merging = try #require(try OwnerLock.acquire("\(bench.directory.path)/state/merges/held/owner.lock"))
        let entries = try await collect(bench, Retention())
        let gone = Set(entries.filter { if case .remove = $0.verdict { true } else { false } }.map(\.path))
        let root = "\(bench.directory.path)/state"
        // Somebody is in a room: a shim or a copy of system files may be theirs.
        let names = ["rooms/999999999", "doctor-999999999", "tasks/0123456789", "merges/0123456789"]
        #expect(gone == Set(names.map { "\(root)/\($0)" }))
        #expect(TestFiles.exists("\(root)/merges/held/home/x"))
        merging.release()
        #expect(TestFiles.exists("\(root)/tasks/notes/text"))
        #expect(TestFiles.exists("\(root)/rooms/\(own)/home/x"))
        try OwnFiles.remove("\(root)/rooms/\(own)")
        _ = try await collect(bench, Retention())
        #expect(!TestFiles.exists("\(root)/etc-1234"))
        #expect(!TestFiles.exists("\(root)/shim-00ff"))
        #expect(!TestFiles.exists("\(root)/merges/held"))
    }

    @Test func aMakingThatWasInterruptedLeavesNothing() async throws {
        let bench = try await RunBench()
        let task = try await bench.service.create(bench.spec(.command))
        bench.directory.write("half", to: "state/tasks/\(task.id)/tree/a.txt")
        try await bench.shell("git update-ref refs/makima/base/\(task.id) HEAD")
        #expect(try await collect(bench, Retention()).map(\.verdict) == [.remove(.unfinished)])
        #expect(!TestFiles.exists(directory(bench, task).tree))
        #expect(try await bench.shell("git for-each-ref refs/makima").isEmpty)
    }

    @Test func brokenWorkspacesAreNamedAndStay() async throws {
        let bench = try await RunBench()
        let task = try await finished(bench)
        try await bench.shell("mv ../state/tasks/\(task.id)/tree ../state/tasks/\(task.id)/other")
        let entry = try #require(try await collect(bench).first)
        guard case .keep(.broken(let detail)) = entry.verdict else { return #expect(Bool(false), "\(entry)") }
        #expect(detail.contains("is gone"))
        #expect(entry.explanation.hint?.contains("discard \(task.id.short) --force") == true)
        await #expect(throws: WorkspaceTrouble.self) { try await bench.service.discard(task.id, force: false) }
        try await bench.service.discard(task.id, force: true)
        #expect(!TestFiles.exists(directory(bench, task).root))
        #expect(try await bench.shell("git for-each-ref refs/makima/base").isEmpty)
    }

    private func makeEmpty(_ path: String) { mkdir(path, 0o700) }
}
