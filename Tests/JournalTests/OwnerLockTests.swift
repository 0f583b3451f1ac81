import Glibc
import Journal
import TestSupport
import Testing

struct OwnerLockTests {
    private let directory = TemporaryDirectory("makima-lock")
    private var path: String { "\(directory.path)/owner.lock" }

    @Test func isHeldOnceUntilReleased() throws {
        let lock = try #require(try OwnerLock.acquire(path))
        #expect(try OwnerLock.acquire(path) == nil)
        #expect(OwnerLock.owner(path) == getpid())
        lock.release()
        lock.release()
        #expect(OwnerLock.owner(path) == nil)
        #expect(try OwnerLock.acquire(path) != nil)
    }

    @Test func isLetGoWithItsValue() throws {
        do {
            let lock = try #require(try OwnerLock.acquire(path))
            withExtendedLifetime(lock) { #expect(OwnerLock.owner(path) == getpid()) }
        }
        #expect(OwnerLock.owner(path) == nil)
    }

    @Test func isTakenOverWithItsOpenFile() throws {
        let lock = try #require(try OwnerLock.acquire(path))
        let inherited = dup(try #require(lock.inheritable))
        let taken = try OwnerLock.adopt(inherited, path)
        #expect(OwnerLock.owner(path) == getpid())
        // Below are the numbers that programs are given.
        let numbers = [lock, taken].map { $0.inheritable ?? 0 }
        #expect(numbers.allSatisfy { $0 >= 16 })
        #expect(try OwnerLock.acquire(path) == nil)
        taken.release()
        #expect(!OwnerLock.isHeld(path))
        lock.release()
    }

    /// What a dead owner had started holds the right, and is no owner.
    @Test func whoInheritsTheRightIsNoOwner() throws {
        let lock = try #require(try OwnerLock.acquire(path))
        let inherited = dup(try #require(lock.inheritable))
        defer { close(inherited) }
        #expect(OwnerLock.isHeld(path))
        lock.release()
        #expect(!OwnerLock.isHeld(path))
        // The open file lives on, as with a process that inherited it.
        var request = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 1, l_pid: 0)
        #expect(fcntl(inherited, 37, &request) == 0)
        #expect(OwnerLock.isHeld(path) && OwnerLock.owner(path) == nil)
        #expect(try OwnerLock.acquire(path) == nil)
    }

    @Test func anotherFileIsNotTakenForIt() throws {
        let lock = try #require(try OwnerLock.acquire(path))
        let other = open(directory.write("", to: "other"), O_RDWR | O_CLOEXEC)
        #expect(throws: JournalError.self) { try OwnerLock.adopt(other, path) }
        lock.release()
    }

    @Test func refusalsAndQuestionsDoNotLetGo() throws {
        let lock = try #require(try OwnerLock.acquire(path))
        for _ in 0..<3 {
            #expect(try OwnerLock.acquire(path) == nil)
            #expect(OwnerLock.owner(path) == getpid())
        }
        lock.release()
    }

    @Test func isHeldByAnotherProcessUntilThatIsKilled() throws {
        let holder = try Holder(of: path)
        #expect(try OwnerLock.acquire(path) == nil)
        #expect(OwnerLock.owner(path) == holder.process)
        holder.kill()
        #expect(OwnerLock.owner(path) == nil)
        let lock = try #require(try OwnerLock.acquire(path))
        #expect(OwnerLock.owner(path) == getpid())
        lock.release()
    }

    @Test func whoAsksIsNeverInTheWayOfWhoAcquires() async throws {
        let path = path
        try #require(try OwnerLock.acquire(path)).release()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<5000 { _ = OwnerLock.owner(path) } }
            for _ in 0..<1000 { try #require(try OwnerLock.acquire(path)).release() }
            try await group.waitForAll()
        }
    }

    @Test func ofManyOneGetsIt() async throws {
        let path = path
        let locks = try await withThrowingTaskGroup(of: OwnerLock?.self) { group in
            for _ in 0..<50 { group.addTask { try OwnerLock.acquire(path) } }
            return try await group.reduce(into: [OwnerLock]()) { if let lock = $1 { $0.append(lock) } }
        }
        #expect(locks.count == 1)
    }

    @Test func aNumberThatADeadOwnerLeftIsNobodys() throws {
        directory.write("\(getppid())\n", to: "owner.lock")
        #expect(OwnerLock.owner(path) == nil)
    }

    @Test(arguments: ["", "\n", "-1\n", "0\n", "99999999999\n", "1234", "x\n"])
    func aNumberThatIsNoneIsNobodys(text: String) throws {
        let lock = try #require(try OwnerLock.acquire(path))
        directory.write(text, to: "owner.lock")
        #expect(OwnerLock.owner(path) == nil)
        lock.release()
    }

    @Test func saysWhatCannotBeLocked() {
        let missing = "\(directory.path)/missing/owner.lock"
        #expect(throws: JournalError.lockFailed(path: missing, code: ENOENT)) { try OwnerLock.acquire(missing) }
        #expect(OwnerLock.owner(missing) == nil)
        symlink("/dev/null", path)
        #expect(throws: JournalError.lockFailed(path: path, code: ELOOP)) { try OwnerLock.acquire(path) }
    }
}

/// A process that holds the lock, as another makima would, until it is killed.
private struct Holder {
    let process: pid_t

    init(of path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        process = try Self.spawn(input: descriptor)
        let number = Array("\(process)\n".utf8)
        try #require(write(descriptor, number, number.count) == number.count)
        // F_OFD_SETLK: the lock belongs to the open file, which is the process's alone once it is closed here.
        var request = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
        try #require(fcntl(descriptor, 37, &request) == 0)
    }

    func kill() {
        Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    private static func spawn(input: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var process: pid_t = 0
        try #require(posix_spawn(&process, "/bin/sleep", &actions, nil, &arguments, &environment) == 0)
        return process
    }
}
