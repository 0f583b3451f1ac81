import Dispatch
package import Domain
import Glibc

/// What is to be started under supervision.
package struct SupervisedCommand: Sendable {
    /// As seen inside the sandbox.
    package var command: Command
    package var sandbox: any Sandbox
    package var profile: SandboxProfile
    /// On the host; must exist, and hold no other spool.
    package var spool: Spool
    /// Ends the process after this time, also when makima is stopped or gone.
    ///
    /// The shim sees to it, and makima itself where the shim does not. None by default.
    package var deadline: Duration?
    /// Between the steps of ending it: interrupt, terminate, kill.
    package var grace: Duration
    /// Whether the program's standard input is written while it runs, through ``SupervisedProcess/input``.
    ///
    /// Off by default: then it is what ``command`` says.
    package var readsWhileRunning = false
    /// A descriptor of makima's that the shim keeps open until nothing of the program is left, such as a lock's.
    ///
    /// The program itself does not get it.
    package var heldDescriptor: Int32?
    /// How long the program works on when makima is gone, so that another makima can take it over; then it is ended.
    ///
    /// It is ended at once by default.
    package var orphanTime = Duration.zero
    /// What is taken out of the program's output before it is stored; the program writes to pipes then.
    ///
    /// `nil` lets it write into the spool itself.
    package var secrets: Secrets?

    package init(
        _ command: Command,
        sandbox: any Sandbox,
        profile: SandboxProfile = SandboxProfile(),
        spool: Spool,
        deadline: Duration? = nil,
        grace: Duration = .seconds(5)
    ) {
        self.command = command
        self.sandbox = sandbox
        self.profile = profile
        self.spool = spool
        self.deadline = deadline
        self.grace = grace
    }
}

/// Starts programs under the shim, which supervises them from inside the sandbox.
package struct Supervisor: Sendable {
    /// Where the shim is found inside.
    private static let shimPathInside = "/run/makima/shim"
    /// Where the shim looks for a proxy.
    private static let networkPathInside = "/run/makima/network"

    package let shimPath: String
    let loop: EventLoop
    let patience: Duration
    let startLimit: Duration
    let groups: ControlGroups?

    /// `patience` is how much longer than agreed a shim may take before makima does its work, `startLimit` how long a sandbox may
    /// take to start a program; without `groups` nothing is in a control group of its own.
    package init(
        shimPath: String,
        loop: EventLoop = EventLoop(),
        patience: Duration = .seconds(5),
        startLimit: Duration = .seconds(60),
        groups: ControlGroups? = nil
    ) {
        self.groups = groups
        self.startLimit = startLimit
        self.shimPath = shimPath
        self.loop = loop
        self.patience = patience
    }

    /// Starts a program and returns when it runs.
    ///
    /// `launched` is told of it before: a sandbox that hangs at a disk that does not answer can be ended all the same.
    ///
    /// Throws when the sandbox or the program cannot be started, or not in time; then nothing is left but the spool. When the
    /// calling task is cancelled meanwhile, what was started is killed.
    package func start(
        _ supervised: SupervisedCommand,
        launched: (SupervisedProcess) -> Void = { _ in }
    ) async throws -> SupervisedProcess {
        let started = try await launchAside(supervised)
        let process = started.process
        launched(process)
        process.supervision.expectStart(within: startLimit) { process.kill() }
        await withTaskCancellationHandler {
            await started.answered.value()
        } onCancel: {
            process.kill()
        }
        process.supervision.noteStart()
        if Task.isCancelled {
            _ = await process.supervision.ended.value()
            throw CancellationError()
        }
        try await confirmStart(of: process, supervised.command)
        return process
    }

    private func confirmStart(of process: SupervisedProcess, _ command: Command) async throws {
        let spool = process.spool
        switch try spool.state() {
        case .started, .ended: return
        case .launchFailed(let code):
            process.supervision.kill()
            _ = await process.supervision.ended.value()
            throw ProcessError.launchFailed(
                program: command.program,
                directory: command.directory ?? "/",
                errno: code
            )
        case .empty:
            let wish = process.supervision.wish.current
            // The shim is gone; a guard that was stopped would not notice.
            process.supervision.kill()
            let status = await process.supervision.ended.value()
            if process.supervision.lateStart.current != nil {
                throw ProcessError.startTimedOut(program: command.program, after: startLimit)
            }
            if wish != nil { throw ProcessError.startStopped(program: command.program) }
            let text = spool.lastErrorText()
            throw ProcessError.sandboxFailed(
                program: command.program,
                message: text.isEmpty ? "it ended with \(status)." : text
            )
        }
    }

    private struct Launched: Sendable {
        let process: SupervisedProcess
        /// When the record says whether the program was started, or the shim is gone.
        let answered: Completion<Void>
    }

    /// Starting a program waits for its file; that must not hold up a thread that tasks run on.
    private func launchAside(_ supervised: SupervisedCommand) async throws -> Launched {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global()
                .async {
                    continuation.resume(with: Result { try launch(supervised) })
                }
        }
    }

    private func launch(_ supervised: SupervisedCommand) throws(ProcessError) -> Launched {
        let spool = supervised.spool
        let writers = try spool.create(withInput: supervised.readsWhileRunning)
        let control = try Pipe.make()
        let answer = try Pipe.make()
        let gifts = try ShimGifts(for: supervised, in: groups)
        let supervision = Supervision(terms(of: supervised, gifts.entrance.group), on: loop)
        let pid = try Spawner.spawn(
            shimCommand(for: supervised, gifts.arguments),
            descriptors: [
                gifts.standardInput.number, writers.output.number, writers.errorOutput.number, control.readNumber,
                writers.record.number, answer.writeNumber,
            ] + gifts.numbers
        )
        let identity = ProcessIdentity(of: pid)
        supervision.watch(pid)
        _ = consume writers
        _ = consume gifts
        guard let identity else {
            supervision.kill(after: .zero)
            throw .systemCallFailed("read", subject: "/proc/\(pid)/stat", errno: ENOENT)
        }
        let process = SupervisedProcess(
            identity: identity,
            spool: spool,
            pipes: try pipes(to: supervised, by: ControlChannel(control), supervision),
            supervision: supervision,
            loop: loop
        )
        let answered = Completion<Void>()
        loop.whenReadable(answer.keepingReadEnd()) { answered.complete(()) }
        return Launched(process: process, answered: answered)
    }

    /// Nothing that was started is left alone because its input cannot be opened.
    private func pipes(
        to supervised: SupervisedCommand,
        by control: ControlChannel,
        _ supervision: Supervision
    ) throws(ProcessError) -> SupervisedProcess.Pipes {
        guard supervised.readsWhileRunning else { return SupervisedProcess.Pipes(control: control, input: nil) }
        do throws(ProcessError) {
            return SupervisedProcess.Pipes(
                control: control,
                input: try InputFile(supervised.spool.inputPath, control)
            )
        } catch {
            supervision.kill(after: .zero)
            throw error
        }
    }

    private func terms(of supervised: SupervisedCommand, _ group: SupervisedGroup?) -> Supervision.Terms {
        Supervision.Terms(
            deadline: supervised.deadline,
            grace: supervised.grace,
            patience: patience,
            isConfining: supervised.sandbox.isConfining,
            group: group
        )
    }

    /// Without a group processes are counted by user in each user namespace: outside of one, the user's own would count.
    private func limits(of supervised: SupervisedCommand) -> [String] {
        let limits = supervised.profile.limits
        var arguments: [String] = []
        if let most = limits.processes, supervised.sandbox.isConfining, !countsProcesses {
            arguments += ["--max-processes", "\(most)"]
        }
        if let most = limits.openFiles { arguments += ["--max-open-files", "\(most)"] }
        if let most = limits.fileMiB { arguments += ["--max-file-bytes", "\(most << 20)"] }
        return arguments
    }

    /// A second border behind the mounts; mounts cannot be made behind it, so that it would stop a nested sandbox.
    private func restriction(of profile: SandboxProfile) -> [String] {
        guard !profile.exceptions.contains(.nesting) else { return [] }
        let writable = profile.binds.filter(\.isWritable).map(\.destination) + profile.temporaryDirectories
        return ["--restrict", "1"] + writable.flatMap { ["--writable", $0] }
    }

    /// `further` are arguments that tell the shim of descriptors beyond the first six.
    func shimCommand(
        for supervised: SupervisedCommand,
        _ further: [String] = [],
        onTerminal: Bool = false
    ) -> Command {
        // The numbers are the places in the list of descriptors that it is started with.
        var arguments = ["--control", "3", "--record", "4", "--ready", "5"] + further
        if let deadline = supervised.deadline {
            arguments += ["--deadline-ms", "\(max(1, deadline.wholeMilliseconds))"]
        }
        if onTerminal { arguments += ["--terminal", "1"] }
        arguments += ["--grace-ms", "\(supervised.grace.wholeMilliseconds)"]
        var command = supervised.command
        arguments += limits(of: supervised)
        if supervised.sandbox.isConfining, case .proxied = supervised.profile.network {
            arguments += ["--proxy", "\(ProxyVariables.port)"]
        }
        command.arguments = arguments + ["--", command.program] + command.arguments
        guard supervised.sandbox.isConfining else {
            command.program = shimPath
            command.environment[Strays.variable] = supervised.spool.directory
            return command
        }
        command.program = Self.shimPathInside
        var profile = supervised.profile
        profile.binds.append(.init(shimPath, at: Self.shimPathInside))
        if case .proxied(let socket) = profile.network {
            let directory = socket.lastIndex(of: "/").map { String(socket[..<$0]) } ?? socket
            profile.binds.append(.init(directory, at: Self.networkPathInside))
        }
        command.arguments = restriction(of: profile) + command.arguments
        profile.startsAsInit = true
        return supervised.sandbox.confine(command, profile)
    }
}
