package import NIOCore

/// A whole message, taken together from its frames, or the end of the conversation.
package enum WebSocketMessage: Sendable, Hashable {
    case text(ByteBuffer)
    case binary(ByteBuffer)
    /// Read: the other end closes. Written: this end begins to close.
    case close(WebSocketCloseCode, reason: String)
}

/// Why a connection is closed; RFC 6455, section 7.4.1, and the range that applications may use.
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = Self(rawValue: 1000)
    package static let goingAway = Self(rawValue: 1001)
    package static let protocolError = Self(rawValue: 1002)
    /// Stands for a close frame without a code; never sent.
    package static let none = Self(rawValue: 1005)
    package static let invalidText = Self(rawValue: 1007)
    package static let policyViolation = Self(rawValue: 1008)
    package static let tooLarge = Self(rawValue: 1009)
    package static let internalError = Self(rawValue: 1011)
    package static let tryAgainLater = Self(rawValue: 1013)
}

/// What a connection allows, and how it learns that the other end is gone.
package struct WebSocketOptions: Hashable, Sendable {
    /// Bytes of one frame.
    package var maxFrameSize = 1 << 20
    /// Bytes of one message, over all its frames.
    package var maxMessageSize = 2 << 20
    /// How long TLS and the server's answer may take, once a client is connected to its port.
    package var openTimeout = Duration.seconds(20)
    /// How often the other end is asked for a sign of life.
    package var pingInterval = Duration.seconds(10)
    /// How long that may take.
    package var pongTimeout = Duration.seconds(10)
    /// How long the other end may take to close, once it was asked to.
    package var closeTimeout = Duration.seconds(5)
    /// Bytes that may wait to be sent before a writer waits too.
    package var writeBuffer = 256 * 1024

    package init() {}
}

/// Why there is no connection, or none any more.
package enum WebSocketError: Error, Hashable, Sendable {
    /// The other end answered, and refused; `text` is the beginning of what it said.
    case refused(status: Int, text: String)
    /// The other end took the connection, and did not answer in time.
    case unanswered
    /// The other end has shown no sign of life.
    case unresponsive
}
