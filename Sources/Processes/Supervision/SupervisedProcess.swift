import CSystem
import Glibc

/// A program that runs under the shim.
///
/// When nobody holds this object or its output any more, the shim takes makima for gone and ends the program.
package final class SupervisedProcess: Sendable {
    /// The process that ends last: bubblewrap where there is a sandbox, else the shim.
    package let identity: ProcessIdentity
    package let spool: Spool
    let supervision: Supervision
    private let pipes: Pipes
    private let loop: EventLoop

    /// What makima tells the shim and the program by.
    struct Pipes: Sendable {
        let control: ControlPipe
        let input: InputPipe?
    }

    init(
        identity: ProcessIdentity,
        spool: Spool,
        pipes: Pipes,
        supervision: Supervision,
        loop: EventLoop
    ) {
        self.identity = identity
        self.spool = spool
        self.pipes = pipes
        self.supervision = supervision
        self.loop = loop
    }

    /// Writes to the program while it runs; `nil` where its input was given once and for all.
    package var input: InputPipe? { pipes.input }

    /// What the program writes, from its first byte.
    package var output: SpoolOutput {
        SpoolOutput(spool: spool, source: .init(process: self, ended: supervision.ended, loop: loop))
    }

    /// Ends the program gently: interrupt, terminate and kill, with the command's grace between them.
    ///
    /// Where the shim has not done that some seconds after it should have, makima kills everything itself.
    package func interrupt() {
        pipes.control.send(.interrupt)
        supervision.expectGentleEnd()
    }

    /// Kills the program and everything it started.
    ///
    /// A shim that does not obey within some seconds is killed too, and with it the sandbox.
    package func kill() {
        pipes.control.send(.kill)
        supervision.kill()
    }

    /// Waits, also in a cancelled task, until the program and everything it started have ended.
    ///
    /// Where the shim cannot tell why, the cause is what makima ended them for.
    package func exit() async throws -> ExitRecord {
        _ = await supervision.ended.value()
        var record = ExitRecord.lost
        if case .ended(let recorded) = try spool.state() { record = recorded }
        if record.cause == .lost, let cause = supervision.wish.current { record.cause = cause }
        return record
    }

    /// The processor time of everything the program started so far; `nil` when it has ended.
    package func cpuTime() -> Duration? {
        supervision.ended.current == nil ? ProcessTree(root: identity.pid).cpuTime : nil
    }
}

/// The pipe by which the shim is told to end its program.
///
/// Only makima holds the end that is written: the shim notices makima's end by it. makima keeps the other end too, so that
/// writing to a shim that has ended is no error.
final class ControlPipe: Sendable {
    /// What a shim can be told.
    enum Message: UInt8 {
        case interrupt = 0x69
        case kill = 0x6b
    }

    private let pipe: Pipe

    init(_ pipe: consuming Pipe) {
        cs_set_nonblocking(pipe.writeNumber)
        self.pipe = pipe
    }

    func send(_ message: Message) {
        var byte = message.rawValue
        // The pipe is only full when the shim has not read thousands of messages that all say the same.
        write(pipe.writeNumber, &byte, 1)
    }
}
