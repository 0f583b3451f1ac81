/// What a proxy decided about one request.
package struct NetworkDecision: Hashable, Sendable, Codable {
    /// `host:port`; empty where the request could not be read.
    package var target: String
    /// `nil` where it got through.
    package var refusal: NetworkRefusal?

    package init(target: String, refusal: NetworkRefusal?) {
        self.target = target
        self.refusal = refusal
    }
}
