/// What a webhook said; its text is not read.
package struct WebhookAnswer: Hashable, Sendable {
    package var status: Int
    /// As the header has it.
    package var retryAfter: String?

    package init(status: Int, retryAfter: String? = nil) {
        self.status = status
        self.retryAfter = retryAfter
    }

    package var delivery: Delivery {
        switch status {
        case 200..<300: .delivered
        case 300..<400: .refused("it leads elsewhere (status \(status)), which is not followed")
        case 408, 429, 500...: .failed("it answers with status \(status)", retryAfter: pause)
        default: .refused("it answers with status \(status)")
        }
    }

    /// Only numbers of seconds are understood; a date is as good as none.
    private var pause: Duration? {
        guard let text = retryAfter, text.utf8.count < 8, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text).map { .seconds($0) }
    }
}
