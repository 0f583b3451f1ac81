import CLinux
import Glibc

extension Supervisor {
    /// Runs a program on makima's own terminal, or whatever its standard descriptors are, until it has ended.
    ///
    /// It is confined and supervised as any other; its output is not kept, and the spool holds the record alone. Where there
    /// is a terminal, the program is in the foreground of it: interrupts reach it and not makima. In the sandbox it cannot
    /// type on the terminal by itself: its filter refuses that.
    package func runOnTerminal(_ supervised: SupervisedCommand) async throws -> ExitRecord {
        var supervised = supervised
        // A person looks on; nothing of the output is stored.
        supervised.secrets = nil
        let control = try Pipe.make()
        let writers = try supervised.spool.create()
        let hasTerminal = isatty(STDIN_FILENO) == 1
        var descriptors = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, control.readNumber, writers.record.number]
        // In the place of the pipe by which others are told of the start: nobody waits for that here.
        let nothing = try Descriptor.reading("/dev/null")
        descriptors.append(nothing.number)
        let entrance = try GroupEntrance(to: groups, for: supervised)
        let group = entrance.group
        descriptors += entrance.numbers
        // The shim keeps it because it has it; nobody takes such a program over.
        if let held = supervised.heldDescriptor { descriptors.append(held) }
        let pid = try Spawner.spawn(
            shimCommand(for: supervised, group == nil ? [] : ["--group", "6"], onTerminal: hasTerminal),
            descriptors: descriptors,
            keepsSession: true
        )
        let ended = Completion<Void>()
        loop.whenReadable(try Descriptor.pidfd(of: pid)) { ended.complete(()) }
        await ended.value()
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        if hasTerminal { cs_take_terminal(STDIN_FILENO) }
        await endGroup(group)
        _ = consume entrance
        _ = consume nothing
        _ = consume writers
        _ = consume control
        var record = try record(of: supervised)
        record.limitHits = group?.end?.hits
        return record
    }

    private func endGroup(_ group: SupervisedGroup?) async {
        guard let group else { return }
        let ended = Completion<Void>()
        loop.run { [loop] in group.end(on: loop) { ended.complete(()) } }
        await ended.value()
    }

    private func record(of supervised: SupervisedCommand) throws(ProcessError) -> ExitRecord {
        let command = supervised.command
        switch try supervised.spool.state() {
        case .ended(let record): return record
        case .started: return .lost
        case .launchFailed(let code):
            throw .launchFailed(program: command.program, directory: command.directory ?? "/", errno: code)
        case .empty: throw .sandboxFailed(program: command.program, message: "it ended before the program began.")
        }
    }
}
