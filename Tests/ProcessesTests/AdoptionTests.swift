import Glibc
import Processes
import TestSupport
import Testing

/// One makima takes the program of another over that is gone: here the first one lets go of everything by which its shim knows it.
struct AdoptionTests {
    private let directory = TemporaryDirectory()

    /// Starts `script`, waits for its first output, and lets go of it.
    private func orphan(
        _ stage: Stage,
        _ script: String,
        orphanTime: Duration = .seconds(60),
        readsWhileRunning: Bool = false,
        input: [UInt8] = []
    ) async throws -> ProcessIdentity {
        let process = try await stage.start(
            script,
            orphanTime: orphanTime,
            readsWhileRunning: readsWhileRunning
        )
        if !input.isEmpty { try process.input?.write(input) }
        var chunks = process.output.makeAsyncIterator()
        _ = try await chunks.next()
        return process.identity
    }

    private func adopt(_ stage: Stage, patience: Duration = .seconds(20)) async throws -> SupervisedProcess? {
        var terms = Supervisor.AdoptionTerms(isConfining: stage.confinement != .none, grace: .milliseconds(100))
        terms.patience = patience
        return try await Supervisor(shimPath: shimPath).adopt(stage.spool, terms)?.process
    }

    @Test(arguments: Confinement.allCases)
    func aLivingProgramIsReadFromItsFirstByteToItsEnd(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        mkfifo("\(directory.path)/workspace/go", 0o600)
        _ = try await orphan(stage, "echo one; read x <go; echo two; exit 7")
        let adopted = try #require(try await adopt(stage))
        #expect(adopted.cpuTime() != nil)
        try await stage.release("go")
        #expect(try await adopted.text() == "one\ntwo\n")
        let record = try await adopted.exit()
        #expect(record.cause == .exited)
        #expect(record.status == .code(7))
        #expect(adopted.cpuTime() == nil)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases)
    func itIsEndedAsAnyOther(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        _ = try await orphan(stage, "echo one; (setsid sleep 1000 &); sleep 1000")
        let adopted = try #require(try await adopt(stage))
        adopted.interrupt()
        #expect(try await adopted.exit().cause == .interrupted)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases)
    func itIsKilledAsAnyOther(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        _ = try await orphan(stage, "trap '' INT TERM; echo one; while :; do sleep 1; done")
        let adopted = try #require(try await adopt(stage))
        adopted.kill()
        #expect(try await adopted.exit().cause == .killed)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases)
    func aShimThatIsStoppedIsStillEnded(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory, patience: .milliseconds(200))
        _ = try await orphan(stage, "echo one; sleep 1000")
        var terms = Supervisor.AdoptionTerms(isConfining: confinement != .none, grace: .milliseconds(100))
        terms.patience = .seconds(20)
        let supervisor = Supervisor(shimPath: shimPath, patience: .milliseconds(200))
        let adopted = try #require(try await supervisor.adopt(stage.spool, terms)?.process)
        let shim = confinement == .none ? ProcessTable.child(of: adopted.identity.pid) : adopted.identity.pid
        kill(try #require(shim), SIGSTOP)
        adopted.kill()
        _ = try await adopted.exit()
        #expect(stage.leftovers().isEmpty)
    }

    @Test func nobodyComesAndItIsEnded() async throws {
        let stage = Stage(.none, in: directory)
        let identity = try await orphan(stage, "echo one; sleep 1000", orphanTime: .milliseconds(50))
        try await identity.ended(on: EventLoop())
        guard case .ended(let record) = try stage.spool.state() else {
            Issue.record("there is no end")
            return
        }
        #expect(record.cause == .ownerLost)
        #expect(try await adopt(stage) == nil)
        #expect(stage.leftovers().isEmpty)
    }

    @Test func withoutTimeForItTheProgramIsEndedAtOnce() async throws {
        let stage = Stage(.none, in: directory)
        let identity = try await orphan(stage, "echo one; sleep 1000", orphanTime: .zero)
        #expect(try await adopt(stage) == nil)
        try await identity.ended(on: EventLoop())
        #expect(stage.leftovers().isEmpty)
    }

    @Test func nobodyTakesOverWhatHasAnOwner() async throws {
        let stage = Stage(.none, in: directory)
        let process = try await stage.start("echo one; sleep 1000", orphanTime: .seconds(60))
        #expect(try await adopt(stage, patience: .milliseconds(100)) == nil)
        process.kill()
        #expect(try await process.exit().cause == .killed)
    }

    @Test func aSecondOwnerCanDieToo() async throws {
        let stage = Stage(.bubblewrap, in: directory)
        _ = try await orphan(stage, "echo one; sleep 1000")
        do {
            let second = try #require(try await adopt(stage))
            #expect(try await adopt(stage, patience: .milliseconds(100)) == nil)
            _ = consume second
        }
        let third = try #require(try await adopt(stage))
        third.interrupt()
        #expect(try await third.exit().cause == .interrupted)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases)
    func theInputGoesOn(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let first = Array("one\n".utf8)
        _ = try await orphan(stage, "cat", readsWhileRunning: true, input: first)
        let adopted = try #require(try await adopt(stage))
        #expect(try stage.spool.input() == first)
        try adopted.input?.write(Array("two\n".utf8))
        adopted.input?.close()
        #expect(try await adopted.text() == "one\ntwo\n")
        #expect(try await adopted.exit().status == .code(0))
    }

    /// More than a pipe holds, so that the shim has to wait for the program.
    @Test func inputThatIsNotReadYetOutlivesItsWriter() async throws {
        let stage = Stage(.none, in: directory)
        mkfifo("\(directory.path)/workspace/go", 0o600)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
        let many = (0..<512).flatMap { _ in line }
        _ = try await orphan(stage, "echo one; read x <go; wc -c", readsWhileRunning: true, input: many)
        let adopted = try #require(try await adopt(stage))
        adopted.input?.close()
        try await stage.release("go")
        #expect(try await adopted.text() == "one\n\(many.count)\n")
    }

    @Test func aDescriptorIsHandedOn() async throws {
        let stage = Stage(.bubblewrap, in: directory)
        let path = directory.write("", to: "held")
        let held = open(path, O_RDWR | O_CLOEXEC)
        let process = try await stage.start("echo one; sleep 1000", orphanTime: .seconds(60), holding: held)
        var chunks = process.output.makeAsyncIterator()
        _ = try await chunks.next()
        _ = lseek(held, 5, SEEK_SET)
        close(held)
        _ = consume process
        _ = consume chunks
        var terms = Supervisor.AdoptionTerms(isConfining: true, grace: .milliseconds(100))
        terms.patience = .seconds(20)
        let adopted = try #require(try await Supervisor(shimPath: shimPath).adopt(stage.spool, terms))
        let handed = try #require(adopted.heldDescriptor)
        defer { close(handed) }
        // The place in the file belongs to the open file, not to the descriptor.
        #expect(lseek(handed, 0, SEEK_CUR) == 5)
        #expect(fcntl(handed, F_GETFD) & FD_CLOEXEC != 0)
        adopted.process.kill()
        _ = try await adopted.process.exit()
    }
}
