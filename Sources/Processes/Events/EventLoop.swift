import CLinux
import Glibc
import Synchronization

/// A thread that waits for what processes report: their output, their end, timers, changed files.
///
/// libdispatch's sources do the same, but on Linux they use freed memory when many are made and cancelled at once
/// (swift-corelibs-libdispatch issue 949), which ends the whole program. This can go when that is fixed.
///
/// The thread starts with the first use and ends when nobody holds the loop any more. Whoever is watched holds it.
package final class EventLoop: Sendable {
    private let core = EventLoopCore()

    package init() {}

    deinit { core.stop() }

    /// Runs `work` on the loop's thread; it must not block.
    func run(_ work: @escaping @Sendable () -> Void) {
        core.enqueue(work)
    }

    /// Calls `body` on the loop's thread as long as `descriptor` can be read, or written, or its other end is closed.
    ///
    /// Only on the loop's thread. The watch owns the descriptor until it is cancelled.
    func watch(
        _ descriptor: consuming Descriptor,
        for readiness: cs_readiness = cs_reading,
        isEnabled: Bool = true,
        _ body: @escaping @Sendable () -> Void
    ) throws(ProcessError) -> Watch {
        let number = descriptor.number
        let token = try core.add(number, isEnabled ? readiness : cs_nothing, body)
        _ = descriptor.release()
        return Watch(descriptor: number, token: token, readiness: readiness, loop: self)
    }

    /// Waits until `descriptor` is readable or its other end is closed, closes it, and calls `body`.
    func whenReadable(_ descriptor: consuming Descriptor, _ body: @escaping @Sendable () -> Void) {
        let number = descriptor.release()
        run { [self] in
            let pending = PendingWatch()
            do {
                pending.watch = try watch(Descriptor(open: number)) {
                    pending.watch?.cancel()
                    body()
                }
            } catch {
                // It cannot be waited for; whoever asked looks for itself.
                body()
            }
        }
    }

    fileprivate func remove(_ watch: Watch) {
        core.remove(watch.descriptor, token: watch.token)
    }

    fileprivate func enable(_ watch: Watch, _ isEnabled: Bool) {
        core.change(watch.descriptor, token: watch.token, isEnabled ? watch.readiness : cs_nothing)
    }
}

/// One watched descriptor.
///
/// Unchecked: only touched on the loop's thread. It must be cancelled.
final class Watch: @unchecked Sendable {
    let descriptor: Int32
    fileprivate let token: UInt64
    fileprivate let readiness: cs_readiness
    private let loop: EventLoop
    private(set) var isCancelled = false

    fileprivate init(descriptor: Int32, token: UInt64, readiness: cs_readiness, loop: EventLoop) {
        self.descriptor = descriptor
        self.token = token
        self.readiness = readiness
        self.loop = loop
    }

    func setEnabled(_ isEnabled: Bool) {
        guard !isCancelled else { return }
        loop.enable(self, isEnabled)
    }

    /// Ends the watch and closes the descriptor.
    func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        loop.remove(self)
        close(descriptor)
    }
}

/// Lets a handler cancel its own watch.
///
/// Unchecked: only touched on the loop's thread.
private final class PendingWatch: @unchecked Sendable {
    var watch: Watch?
}

/// What the thread and its loop share; it outlives the loop until the thread has ended.
///
/// Unchecked: the handlers are only touched on the thread, everything else is locked or constant.
private final class EventLoopCore: @unchecked Sendable {
    private enum State {
        case idle
        case running(epoll: Int32, wakeUp: Int32)
        case stopped
    }

    private struct Shared {
        var state = State.idle
        var work: [@Sendable () -> Void] = []
    }

    private static let wakeUpToken: UInt64 = 0

    private let shared = Mutex(Shared())
    private var epoll: Int32 = -1
    private var handlers: [UInt64: @Sendable () -> Void] = [:]
    private var lastToken = wakeUpToken

    func enqueue(_ work: @escaping @Sendable () -> Void) {
        shared.withLock { shared in
            shared.work.append(work)
            switch shared.state {
            case .idle: shared.state = start()
            case .running(_, let wakeUp) where shared.work.count == 1: Self.wake(wakeUp)
            case .running, .stopped: break
            }
        }
    }

    func stop() {
        shared.withLock { shared in
            if case .running(_, let wakeUp) = shared.state { Self.wake(wakeUp) }
            shared.state = .stopped
        }
    }

    func add(
        _ descriptor: Int32,
        _ readiness: cs_readiness,
        _ body: @escaping @Sendable () -> Void
    ) throws(ProcessError) -> UInt64 {
        lastToken += 1
        guard cs_epoll_add(epoll, descriptor, lastToken, readiness) == 0 else {
            throw .systemCallFailed("epoll_ctl", subject: "\(descriptor)", errno: errno)
        }
        handlers[lastToken] = body
        return lastToken
    }

    func change(_ descriptor: Int32, token: UInt64, _ readiness: cs_readiness) {
        cs_epoll_change(epoll, descriptor, token, readiness)
    }

    func remove(_ descriptor: Int32, token: UInt64) {
        cs_epoll_remove(epoll, descriptor)
        handlers[token] = nil
    }

    /// Without descriptors or memory for its thread, a process can supervise nothing: there is no going on.
    private func start() -> State {
        let epoll = cs_epoll_open()
        let wakeUp = cs_eventfd_open()
        precondition(epoll >= 0 && wakeUp >= 0, "Cannot open descriptors for the event loop: \(errno).")
        let added = cs_epoll_add(epoll, wakeUp, Self.wakeUpToken, cs_reading)
        precondition(added == 0, "Cannot watch the event loop's own descriptor: \(errno).")
        self.epoll = epoll
        let isRunning = LoopThread.start { self.run(epoll: epoll, wakeUp: wakeUp) }
        precondition(isRunning, "Cannot start the thread that all processes are watched on.")
        return .running(epoll: epoll, wakeUp: wakeUp)
    }

    private func run(epoll: Int32, wakeUp: Int32) {
        var tokens = [UInt64](repeating: 0, count: 64)
        while performWork() {
            let count = cs_epoll_wait(epoll, &tokens, Int32(tokens.count))
            // Interrupted by a signal.
            guard count > 0 else { continue }
            for token in tokens[..<Int(count)] {
                if token == Self.wakeUpToken { Self.drain(wakeUp) }
                // A handler may have ended another one's watch: then there is nothing to call.
                handlers[token]?()
            }
        }
        close(wakeUp)
        close(epoll)
    }

    /// Returns false when the loop is to end.
    private func performWork() -> Bool {
        let (work, isStopped) = shared.withLock { shared in
            defer { shared.work = [] }
            if case .stopped = shared.state { return (shared.work, true) }
            return (shared.work, false)
        }
        for item in work { item() }
        return !isStopped
    }

    private static func wake(_ descriptor: Int32) {
        var one: UInt64 = 1
        write(descriptor, &one, MemoryLayout.size(ofValue: one))
    }

    private static func drain(_ descriptor: Int32) {
        var count: UInt64 = 0
        read(descriptor, &count, MemoryLayout.size(ofValue: count))
    }
}
