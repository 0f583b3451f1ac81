package import Domain

/// Proves to a receiver that a request comes from whoever knows the secret, and when it was sent.
package enum WebhookSignature {
    package static let signatureName = "X-Makima-Signature"
    package static let timestampName = "X-Makima-Timestamp"

    /// The headers of a request with this body; the time is in seconds since 1970.
    package static func headers(body: [UInt8], secret: String, at time: Timestamp) -> [WebhookMessage.Header] {
        let stamp = String(time.millisecondsSince1970 / 1000)
        let code = HMACSHA256.code(for: Array("\(stamp).".utf8) + body, key: Array(secret.utf8))
        return [
            WebhookMessage.Header(name: timestampName, value: stamp),
            WebhookMessage.Header(name: signatureName, value: "sha256=\(code)"),
        ]
    }
}
