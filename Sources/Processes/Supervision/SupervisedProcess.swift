/// A program that runs under the shim.
///
/// When nobody holds this object or its output any more, the shim takes makima for gone: it ends the program, after the time
/// in which another makima could have taken it over.
package final class SupervisedProcess: Sendable {
    /// The process that ends last: bubblewrap where there is a sandbox, else the guard; the sandbox's first process where another
    /// makima started it.
    package let identity: ProcessIdentity
    package let spool: Spool
    let supervision: Supervision
    private let pipes: Pipes
    private let loop: EventLoop

    /// What makima tells the shim and the program by.
    struct Pipes: Sendable {
        let control: ControlChannel
        let input: InputFile?
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
    package var input: InputFile? { pipes.input }

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
        record.limitHits = supervision.group?.end?.hits
        if record.cause == .lost, let cause = supervision.wish.current { record.cause = cause }
        return record
    }

    /// The processor time of everything the program started so far; `nil` when it has ended.
    package func cpuTime() -> Duration? {
        supervision.ended.current == nil ? ProcessTree(root: identity.pid).cpuTime : nil
    }
}
