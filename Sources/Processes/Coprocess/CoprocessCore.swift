import CLinux
import Dispatch
import Glibc

/// The running half of a coprocess, which lives until the program has ended.
///
/// Unchecked: but for constants, everything is only touched on the loop's thread.
final class CoprocessCore: @unchecked Sendable {
    /// A request that waits for its answer.
    struct Exchange {
        var continuation: CheckedContinuation<[UInt8], any Error>
        var isComplete: @Sendable ([UInt8]) -> Bool
        var timer: OneShotTimer?
        var remindingTimer: OneShotTimer?

        init(
            continuation: CheckedContinuation<[UInt8], any Error>,
            isComplete: @escaping @Sendable ([UInt8]) -> Bool
        ) {
            self.continuation = continuation
            self.isComplete = isComplete
        }

        func cancelTimers() {
            timer?.cancel()
            remindingTimer?.cancel()
        }
    }

    struct Limits {
        /// How long the program may take to end by itself when it is closed.
        var grace: Duration
        /// How many bytes one answer may have.
        var answerCap: Int
    }

    private struct Channel {
        /// `-1` when closed.
        var request: Int32
        var answer: Watch?
        var bytes: [UInt8] = []
        var exchange: Exchange?
    }

    let ended = Completion<ExitStatus>()

    private static let errorCap = 64 << 10
    private static let chunk = 256 << 10

    private let program: String
    private let limits: Limits
    private let errorFile: Descriptor
    /// Closes when makima is gone.
    private let life: Descriptor
    private let loop: EventLoop
    private var leader: GroupLeader?
    private var channels: [Channel] = []
    private var patience: OneShotTimer?
    private var isClosing = false
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)

    /// `errorFile` is appended to by the program and read and emptied here.
    init(
        program: String,
        limits: Limits,
        errorFile: consuming Descriptor,
        life: consuming Descriptor,
        on loop: EventLoop
    ) {
        self.life = life
        self.program = program
        self.limits = limits
        self.errorFile = errorFile
        self.loop = loop
    }

    deinit { buffer.deallocate() }

    /// Takes over the started child; one that cannot be watched is killed, and counts as ended.
    func watch(_ pid: pid_t, _ ends: [ChannelEnds]) {
        loop.run { [self] in
            do {
                leader = try GroupLeader(pid: pid, on: loop) { [self] in
                    // Its answers are not read any more: what is left of the group needs no time to be seen ending.
                    leader?.conclude(isQuiet: { true }, then: { [self] in finish($0) })
                }
                for (index, end) in ends.enumerated() {
                    cs_set_nonblocking(end.request)
                    cs_set_nonblocking(end.answer)
                    let watch = try loop.watch(Descriptor(open: end.answer)) { [weak self] in self?.read(index) }
                    channels.append(Channel(request: end.request, answer: watch))
                }
            } catch {
                // The one that could not be watched has closed its answers already.
                for (index, end) in ends.enumerated() where index >= channels.count {
                    Glibc.close(end.request)
                    if leader == nil || index > channels.count { Glibc.close(end.answer) }
                }
                if leader == nil { ended.complete(.signal(SIGKILL)) }
                kill()
            }
        }
    }

    func exchange(_ exchange: Exchange, request: [UInt8], channel index: Int, patience: Patience) {
        loop.run { [self] in
            guard ended.current == nil, !isClosing, channels.indices.contains(index), channels[index].request >= 0
            else {
                exchange.continuation.resume(throwing: ProcessError.coprocessEnded(program: program))
                return
            }
            precondition(channels[index].exchange == nil, "A channel carries one request at a time.")
            channels[index].exchange = exchange
            channels[index].bytes = []
            do {
                try startTimers(of: index, patience)
                try send(request, to: channels[index].request)
            } catch {
                fail(index, error)
                kill()
            }
        }
    }

    /// May be called more than once, and on any thread.
    func close() {
        loop.run { [self] in
            guard !isClosing else { return }
            isClosing = true
            for index in channels.indices { closeRequests(index) }
            guard let leader else { return }
            do {
                patience = try OneShotTimer(on: loop) { leader.signal(SIGKILL) }
                patience?.arm(limits.grace)
            } catch {
                // Without a descriptor for a timer there is no patience.
                leader.signal(SIGKILL)
            }
        }
    }

    func takeErrorOutput() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.errorCap)
        let count = pread(errorFile.number, &bytes, bytes.count, 0)
        guard count > 0 else { return [] }
        ftruncate(errorFile.number, 0)
        return Array(bytes[..<count])
    }

    // MARK: - On the loop's thread

    private func startTimers(of index: Int, _ patience: Patience) throws(ProcessError) {
        let timeout = patience.timeout
        let timer = try OneShotTimer(on: loop) { [weak self] in self?.timedOut(index, after: timeout) }
        timer.arm(timeout)
        channels[index].exchange?.timer = timer
        guard let reminder = patience.reminder else { return }
        let reminding = try OneShotTimer(on: loop) { [weak self] in self?.remind(index, patience.interval, reminder) }
        reminding.arm(patience.interval)
        channels[index].exchange?.remindingTimer = reminding
    }

    private func remind(_ index: Int, _ interval: Duration, _ reminder: @escaping @Sendable () -> Void) {
        DispatchQueue.global()
            .async { [self] in
                reminder()
                loop.run { [self] in channels[index].exchange?.remindingTimer?.arm(interval) }
            }
    }

    /// A request fits into an empty pipe, and the program reads each before it answers.
    private func send(_ request: [UInt8], to descriptor: Int32) throws(ProcessError) {
        let count = request.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EPIPE { throw .coprocessEnded(program: program) }
        guard count == request.count else {
            throw .systemCallFailed("write", subject: program, errno: count < 0 ? errno : EAGAIN)
        }
    }

    private func read(_ index: Int) {
        guard let watch = channels[index].answer, !watch.isCancelled else { return }
        let count = Glibc.read(watch.descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else {
            if count < 0, errno == EINTR || errno == EAGAIN { return }
            watch.cancel()
            fail(index, ProcessError.coprocessEnded(program: program))
            return
        }
        guard count <= limits.answerCap - channels[index].bytes.count else {
            channels[index].bytes = []
            fail(index, ProcessError.answerTooLong(program: program, limit: limits.answerCap))
            kill()
            return
        }
        channels[index].bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        guard let exchange = channels[index].exchange, exchange.isComplete(channels[index].bytes) else { return }
        let answer = channels[index].bytes
        channels[index].bytes = []
        channels[index].exchange = nil
        exchange.cancelTimers()
        exchange.continuation.resume(returning: answer)
    }

    private func timedOut(_ index: Int, after timeout: Duration) {
        fail(index, ProcessError.timedOut(program: program, after: timeout))
        kill()
    }

    private func fail(_ index: Int, _ error: any Error) {
        guard let exchange = channels[index].exchange else { return }
        channels[index].exchange = nil
        exchange.cancelTimers()
        exchange.continuation.resume(throwing: error)
    }

    private func closeRequests(_ index: Int) {
        guard channels[index].request >= 0 else { return }
        Glibc.close(channels[index].request)
        channels[index].request = -1
    }

    private func kill() {
        isClosing = true
        for index in channels.indices { closeRequests(index) }
        leader?.signal(SIGKILL)
    }

    private func finish(_ status: ExitStatus) {
        patience?.cancel()
        patience = nil
        leader = nil
        isClosing = true
        for index in channels.indices {
            closeRequests(index)
            channels[index].answer?.cancel()
            fail(index, ProcessError.coprocessEnded(program: program))
        }
        ended.complete(status)
    }
}
