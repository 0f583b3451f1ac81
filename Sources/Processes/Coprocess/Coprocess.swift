/// A program that stays and answers requests, each over one of its channels.
///
/// Channel 0 is the program's standard input and output; channel `n` its descriptors `2n + 1` (requests) and `2n + 2`
/// (answers). One request at a time is under way on a channel.
///
/// The program is to end when its requests end: that is what ``close()`` and the end of the last reference bring about.
/// Its last descriptor is a pipe that nobody writes to; it closes when makima is gone, however that ends.
package final class Coprocess: Sendable {
    private let core: CoprocessCore

    init(_ core: CoprocessCore) {
        self.core = core
    }

    deinit { core.close() }

    /// Sends `request`, of at most 4 KiB, and returns what the program wrote when `isComplete` is true of it.
    ///
    /// `isComplete` runs on the loop's thread whenever more has come. Throws ``ProcessError/coprocessEnded`` when the
    /// program ends before that or was closed. Throws ``ProcessError/timedOut`` when `patience` is over and
    /// ``ProcessError/answerTooLong`` when the answer has no end; then the program is killed. A cancelled task waits all the
    /// same: the program would otherwise be left in the midst of something.
    package func exchange(
        _ request: [UInt8],
        channel: Int = 0,
        patience: Patience,
        isComplete: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            core.exchange(
                CoprocessCore.Exchange(continuation: continuation, isComplete: isComplete),
                request: request,
                channel: channel,
                patience: patience
            )
        }
    }

    /// What the program has written to its standard error since the last call, at most 64 KiB.
    package func takeErrorOutput() -> [UInt8] { core.takeErrorOutput() }

    /// Ends the requests and waits until nothing of the program is left.
    ///
    /// It is killed after its grace.
    package func close() async {
        core.close()
        _ = await core.ended.value()
    }
}

/// The descriptors of makima's side of one channel.
struct ChannelEnds: Sendable {
    var request: Int32
    var answer: Int32
}
