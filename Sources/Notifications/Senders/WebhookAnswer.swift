package import Domain

/// What a webhook said; its text is not read.
package struct WebhookAnswer: Hashable, Sendable {
    package var status: Int
    /// As the header has it.
    package var retryAfter: String?

    package init(status: Int, retryAfter: String? = nil) {
        self.status = status
        self.retryAfter = retryAfter
    }

    /// What has become of a message that was sent at `time`.
    package func delivery(at time: Timestamp) -> Delivery {
        switch status {
        case 200..<300: .delivered
        case 300..<400: .refused("it leads elsewhere (status \(status)), which is not followed")
        case 408, 429, 500...: .failed("it answers with status \(status)", retryAfter: pause(at: time))
        default: .refused("it answers with status \(status)")
        }
    }

    private func pause(at time: Timestamp) -> Duration? { retryAfter.flatMap { RetryAfter.wait($0, at: time) } }
}
