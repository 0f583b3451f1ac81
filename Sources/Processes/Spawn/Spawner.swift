import CLinux
import Glibc

/// Starts programs, each leading a session and a process group of its own.
enum Spawner {
    /// Starts `command`; `descriptors[n]` becomes its descriptor `n`, and every other one is closed in it.
    ///
    /// The one at ``Command/extraDescriptor`` gives way to what the command has there.
    ///
    /// With `keepsSession` it stays in makima's session and process group, and so on its terminal.
    static func spawn(
        _ command: Command,
        descriptors: [Int32],
        keepsSession: Bool = false
    ) throws(ProcessError) -> pid_t {
        let program = try ProgramLookup.path(of: command)
        let arguments = try CStrings([command.program] + command.arguments, for: program)
        let environment = try CStrings(command.environment.map(Self.assignment), for: program)
        let directory = command.directory ?? "/"
        guard directory.isUsable else { throw .unusableText(program: program, text: directory) }
        let extra = try command.extraInput.map(ExtraInput.init)
        let lifted = try LiftedDescriptors(descriptors)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        var failure = keepsSession ? cs_set_same_session(&attributes) : cs_set_fresh_session(&attributes)
        if failure == 0 { failure = arrange(lifted.numbers, extra?.descriptor.number, &actions) }
        if failure == 0 { failure = cs_add_chdir(&actions, directory) }
        var pid: pid_t = 0
        if failure == 0 {
            failure = persistently {
                posix_spawn(&pid, program, &actions, &attributes, arguments.pointers, environment.pointers)
            }
        }
        guard failure == 0 else { throw .launchFailed(program: program, directory: directory, errno: failure) }
        return pid
    }

    private static func arrange(
        _ descriptors: [Int32],
        _ extra: Int32?,
        _ actions: inout posix_spawn_file_actions_t
    ) -> Int32 {
        var failure: Int32 = 0
        for (number, descriptor) in descriptors.enumerated() where failure == 0 {
            failure = posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        var next = Int32(descriptors.count)
        if let extra {
            while next < Command.extraDescriptor, failure == 0 {
                failure = posix_spawn_file_actions_addclose(&actions, next)
                next += 1
            }
            if failure == 0 { failure = posix_spawn_file_actions_adddup2(&actions, extra, Command.extraDescriptor) }
            next = max(next, Command.extraDescriptor + 1)
        }
        return failure == 0 ? cs_add_close_from(&actions, next) : failure
    }

    /// Repeats `spawn` for some milliseconds while the program's file is said to be open for writing.
    ///
    /// That happens to a program written just now: a child of another thread, between its fork and its exec, still holds
    /// the descriptor it was written by.
    private static func persistently(_ spawn: () -> Int32) -> Int32 {
        for _ in 0..<20 {
            let failure = spawn()
            guard failure == ETXTBSY else { return failure }
            usleep(1000)
        }
        return ETXTBSY
    }

    private static func assignment(_ name: String, _ value: String) throws(ProcessError) -> String {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
            throw .unusableText(program: "", text: name)
        }
        return "\(name)=\(value)"
    }
}

/// Descriptors whose numbers are above all that a program is given: those are made one after the other, and one that is still
/// to be handed on must not be overwritten.
private final class LiftedDescriptors {
    let numbers: [Int32]
    private let copies: [Int32]

    init(_ given: [Int32]) throws(ProcessError) {
        var (numbers, copies): ([Int32], [Int32]) = ([], [])
        for number in given {
            guard number < Descriptor.lowest else {
                numbers.append(number)
                continue
            }
            let copy = cs_duplicate(number, Descriptor.lowest)
            guard copy >= 0 else {
                let failure = errno
                for copy in copies { close(copy) }
                throw .systemCallFailed("fcntl", subject: "descriptor \(number)", errno: failure)
            }
            copies.append(copy)
            numbers.append(copy)
        }
        self.numbers = numbers
        self.copies = copies
    }

    deinit { for copy in copies { close(copy) } }
}

/// Holds ``Command/extraInput`` open while a program is started.
private final class ExtraInput {
    let descriptor: Descriptor

    init(_ bytes: [UInt8]) throws(ProcessError) {
        descriptor = try Descriptor.holding(bytes)
    }
}

/// An array of C strings, ended by a null pointer.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String], for program: String) throws(ProcessError) {
        // The kernel would silently cut the text at a NUL.
        if let unusable = strings.first(where: { !$0.isUsable }) {
            throw .unusableText(program: program, text: unusable)
        }
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}

extension String {
    /// Whether it can be passed on as a C string without being cut.
    var isUsable: Bool { !utf8.contains(0) }
}
