import CLinux
import Glibc

/// Tells once, after each `resume`, that one of some files was modified since the last time.
///
/// It is only listened to after `resume`, so that a slow reader costs nothing.
final class ChangeWatch: Sendable {
    private let loop: EventLoop
    private let listener: Listener

    /// Calls `body` on the loop's thread.
    init(
        of paths: [String],
        on loop: EventLoop,
        _ body: @escaping @Sendable () -> Void
    ) throws(ProcessError) {
        let inotify = try Descriptor(adopting: cs_inotify_open(), "inotify_init1", paths.first ?? "")
        for path in paths where cs_inotify_watch_modify(inotify.number, path) < 0 {
            throw .systemCallFailed("inotify_add_watch", subject: path, errno: errno)
        }
        self.loop = loop
        listener = Listener(inotify, body)
    }

    deinit {
        loop.run { [listener] in listener.cancel() }
    }

    func resume() {
        loop.run { [listener, loop] in listener.resume(on: loop) }
    }
}

/// Unchecked: after its start only touched on the loop's thread.
private final class Listener: @unchecked Sendable {
    private enum State {
        case unwatched(Int32)
        case watched(Watch)
    }

    private var state: State
    private let body: @Sendable () -> Void

    init(_ inotify: consuming Descriptor, _ body: @escaping @Sendable () -> Void) {
        state = .unwatched(inotify.release())
        self.body = body
    }

    func resume(on loop: EventLoop) {
        switch state {
        case .watched(let watch): watch.setEnabled(true)
        case .unwatched(let inotify):
            do {
                state = .watched(try loop.watch(Descriptor(open: inotify)) { [weak self] in self?.changed(inotify) })
            } catch {
                // Nothing tells of changes then: the reader goes on with what is there, and ends with the process.
                state = .unwatched(-1)
            }
        }
    }

    func cancel() {
        switch state {
        case .watched(let watch): watch.cancel()
        case .unwatched(let inotify): close(inotify)
        }
    }

    private func changed(_ inotify: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            while read(inotify, buffer.baseAddress, buffer.count) > 0 {}
        }
        if case .watched(let watch) = state { watch.setEnabled(false) }
        body()
    }
}
