package import NIOCore

/// An open connection, as application code has it.
package struct WebSocketConnection: Sendable {
    package typealias Channel = NIOAsyncChannel<WebSocketMessage, WebSocketMessage>
    package typealias Messages = NIOAsyncChannelInboundStream<WebSocketMessage>

    /// Sends, and waits while the other end is slow.
    package struct Sender: Sendable {
        fileprivate let writer: NIOAsyncChannelOutboundWriter<WebSocketMessage>
        fileprivate let pace: WritePace

        package func send(_ text: ByteBuffer) async throws {
            try await writer.write(.text(text))
            try await pace.keep(text.readableBytes)
        }

        /// Several at once cost a third of what they cost one by one.
        package func send(_ texts: [ByteBuffer]) async throws {
            try await writer.write(contentsOf: texts.map(WebSocketMessage.text))
            try await pace.keep(texts.reduce(0) { $0 + $1.readableBytes })
        }

        package func close(_ code: WebSocketCloseCode, _ reason: String) async throws {
            try await writer.write(.close(code, reason: reason))
        }
    }

    /// Makes the asynchronous side of a channel that has become a WebSocket; only on its loop.
    package static func wrap(
        _ channel: any NIOCore.Channel,
        asServer isServer: Bool,
        _ options: WebSocketOptions
    ) throws -> Channel {
        let handler = WebSocketHandler(end: isServer ? .server : .client, options: options)
        try channel.pipeline.syncOperations.addHandler(handler)
        let (low, high) = (options.writeBuffer / 2, options.writeBuffer)
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: low, high: high)
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
        return try Channel(
            wrappingChannelSynchronously: channel,
            configuration: Channel.Configuration(
                backPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
                    lowWatermark: 16,
                    highWatermark: 64
                )
            )
        )
    }

    /// Talks over `channel`, and closes it afterwards: politely where `body` returns, at once where it throws.
    package static func run<Result: Sendable>(
        _ channel: Channel,
        _ body: (Messages, Sender) async throws -> Result
    ) async throws -> Result {
        try await channel.executeThenClose { messages, writer in
            let result = try await body(messages, Sender(writer: writer, pace: WritePace(channel.channel)))
            do {
                try await writer.write(.close(.normal, reason: ""))
                // Until the close handshake, or its time, is over.
                try await channel.channel.closeFuture.get()
            } catch {
                // The other end was faster; everything was said.
            }
            return result
        }
    }
}
