import CLinux
import Dispatch
import Glibc

/// A program that was taken over from a makima that is gone.
package struct AdoptedProcess: Sendable {
    package let process: SupervisedProcess
    /// The descriptor that the program's first makima had its shim hold; the caller's from now on, `nil` where there was none.
    package let heldDescriptor: Int32?
}

extension Supervisor {
    /// What is asked of a program that is taken over.
    package struct AdoptionTerms: Sendable {
        package var isConfining: Bool
        /// What is left of its time; the shim keeps it, this is for where that does not.
        package var timeLeft: Duration?
        package var grace: Duration
        /// How long a shim may take to answer, which has nothing else to do.
        package var patience = Duration.seconds(2)

        package init(isConfining: Bool, timeLeft: Duration? = nil, grace: Duration = .seconds(5)) {
            self.isConfining = isConfining
            self.timeLeft = timeLeft
            self.grace = grace
        }
    }

    /// Takes the place of the makima that started the program of `spool` and is gone.
    ///
    /// Returns `nil` where that cannot be done: the program has ended or is being ended, its makima lives, or another one was
    /// quicker.
    package func adopt(_ spool: Spool, _ terms: AdoptionTerms) async throws -> AdoptedProcess? {
        guard try spool.state() == .started else { return nil }
        return try await withCheckedThrowingContinuation { continuation in
            // The greeting is waited for; that must not hold up a thread that tasks run on.
            DispatchQueue.global().async { continuation.resume(with: Result { try knock(at: spool, terms) }) }
        }
    }

    private func knock(at spool: Spool, _ terms: AdoptionTerms) throws(ProcessError) -> AdoptedProcess? {
        let raw = cs_unix_connect(spool.directory, Spool.doorName)
        guard raw >= 0 else {
            guard errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN else {
                throw .systemCallFailed("connect", subject: "\(spool.directory)/\(Spool.doorName)", errno: errno)
            }
            return nil
        }
        let connection = try Descriptor(adopting: raw, "fcntl", "a connection")
        var (shim, lock): (pid_t, Int32) = (0, -1)
        guard cs_receive_greeting(connection.number, Int32(terms.patience.wholeMilliseconds), &shim, &lock) == 0 else {
            return nil
        }
        do {
            let process = try takeOver(shim, of: spool, terms, ControlChannel(connection))
            return AdoptedProcess(process: process, heldDescriptor: lock < 0 ? nil : lock)
        } catch {
            if lock >= 0 { close(lock) }
            // It has ended meanwhile.
            if case .systemCallFailed(_, _, ESRCH) = error { return nil }
            throw error
        }
    }

    private func takeOver(
        _ shim: pid_t,
        of spool: Spool,
        _ terms: AdoptionTerms,
        _ control: ControlChannel
    ) throws(ProcessError) -> SupervisedProcess {
        guard let identity = terms.isConfining ? ProcessIdentity(of: shim) : ProcessIdentity(ofGuardAbove: shim) else {
            throw .systemCallFailed("pidfd_open", subject: "\(shim)", errno: ESRCH)
        }
        let supervision = Supervision(
            Supervision.Terms(
                deadline: terms.timeLeft,
                grace: terms.grace,
                patience: patience,
                isConfining: terms.isConfining,
                group: spool.livingGroup
            ),
            on: loop
        )
        supervision.watch(try AdoptedLeader(identity))
        let hasInput = access(spool.inputPath, F_OK) == 0
        return SupervisedProcess(
            identity: identity,
            spool: spool,
            pipes: SupervisedProcess.Pipes(
                control: control,
                input: hasInput ? try InputFile(spool.inputPath, control) : nil
            ),
            supervision: supervision,
            loop: loop
        )
    }
}

extension ProcessIdentity {
    /// The guard of a shim without a sandbox, which ends after it; the shim itself where its guard was killed.
    fileprivate init?(ofGuardAbove shim: pid_t) {
        guard let facts = ProcessFacts(of: shim) else { return nil }
        let parent = ProcessFacts(of: facts.parent)
        self.init(of: parent?.name == facts.name ? facts.parent : shim)
    }
}
