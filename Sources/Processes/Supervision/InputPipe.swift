import CSystem
import Glibc

/// The standard input of a program that reads while it works.
///
/// What the program is not ready to read waits in memory. What is written to one that has ended, or that has closed its
/// input, is lost: whoever must know waits for an answer.
package final class InputPipe: Sendable {
    private let core: InputPipeCore
    private let loop: EventLoop

    init(_ writeEnd: consuming Descriptor, on loop: EventLoop) {
        core = InputPipeCore(writeEnd, on: loop)
        self.loop = loop
    }

    deinit { close() }

    /// Hands `bytes` over, after everything that was handed over before.
    ///
    /// Never waits, and may be called on any thread.
    package func write(_ bytes: [UInt8]) {
        loop.run { [core] in core.write(bytes) }
    }

    /// Closes the input once everything is written; the program reads its end then.
    package func close() {
        loop.run { [core] in core.close() }
    }
}

/// Unchecked: everything is only touched on the loop's thread.
private final class InputPipeCore: @unchecked Sendable {
    private let loop: EventLoop
    private var descriptor: Int32
    private var watch: Watch?
    private var pending: ArraySlice<UInt8> = []
    private var isClosing = false

    init(_ writeEnd: consuming Descriptor, on loop: EventLoop) {
        descriptor = writeEnd.release()
        self.loop = loop
        cs_set_nonblocking(descriptor)
    }

    deinit {
        if watch == nil, descriptor >= 0 { Glibc.close(descriptor) }
    }

    func write(_ bytes: [UInt8]) {
        guard descriptor >= 0, !isClosing else { return }
        pending += bytes
        advance()
    }

    func close() {
        isClosing = true
        if descriptor >= 0 { advance() }
    }

    /// Writes what the pipe takes now, and waits for room for the rest.
    private func advance() {
        while !pending.isEmpty {
            let count = pending.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return awaitRoom() }
            guard count > 0 else { return end() }
            pending = pending.dropFirst(count)
        }
        if isClosing { return end() }
        watch?.setEnabled(false)
    }

    private func awaitRoom() {
        if let watch { return watch.setEnabled(true) }
        do {
            watch = try loop.watch(Descriptor(open: descriptor), for: cs_writing) { [weak self] in self?.roomCame() }
        } catch {
            // It is closed then: the program reads the end of a line that was cut short, and whoever waits for an answer to it
            // gets none.
            descriptor = -1
            end()
        }
    }

    private func roomCame() {
        // With nothing to write there is only one thing to be told: nobody reads any more.
        if pending.isEmpty { end() } else { advance() }
    }

    private func end() {
        pending = []
        if let watch {
            watch.cancel()
        } else if descriptor >= 0 {
            Glibc.close(descriptor)
        }
        watch = nil
        descriptor = -1
    }
}
