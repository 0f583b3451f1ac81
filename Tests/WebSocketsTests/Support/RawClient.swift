import NIOCore
import NIOPosix

/// A client that puts bytes on the wire as a test has them: it holds to no rule.
struct RawClient: Sendable {
    /// A frame as it came.
    struct Frame: Hashable, Sendable {
        var opcode: UInt8
        var isMasked: Bool
        var payload: [UInt8]

        /// Of a close frame.
        var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    private let inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Sends the handshake with `early` right behind it, and talks when it is answered.
    static func connect<Result: Sendable>(
        to port: Int,
        early: [UInt8] = [],
        _ body: (inout Session) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let handshake = """
                GET / HTTP/1.1\r
                Host: 127.0.0.1:\(port)\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Version: 13\r
                \r

                """
            try await outbound.write(ByteBuffer(bytes: Array(handshake.utf8) + early))
            var session = Session(iterator: inbound.makeAsyncIterator(), outbound: outbound)
            try await session.readHandshake()
            return try await body(&session)
        }
    }

    /// One conversation.
    struct Session {
        var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        private var bytes: [UInt8] = []

        init(
            iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
            outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) {
            self.iterator = iterator
            self.outbound = outbound
        }

        /// The head of the answer, with its first line.
        private(set) var answer = ""

        mutating func readHandshake() async throws {
            let end: [UInt8] = [13, 10, 13, 10]
            while true {
                if let place = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) {
                    answer = String(decoding: bytes[..<place], as: UTF8.self)
                    bytes.removeFirst(place + 4)
                    return
                }
                guard try await fill() else { throw ChannelError.eof }
            }
        }

        func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

        /// `nil` when the other end has closed.
        mutating func frame() async throws -> Frame? {
            while true {
                if let frame = parse() { return frame }
                guard try await fill() else { return nil }
            }
        }

        /// Reads to the end; the last close frame's code.
        mutating func closeCode() async throws -> Int? {
            var code: Int?
            while let frame = try await frame() { code = frame.closeCode ?? code }
            return code
        }

        private mutating func fill() async throws -> Bool {
            do {
                guard let buffer = try await iterator.next() else { return false }
                bytes += buffer.readableBytesView
                return true
            } catch is IOError {
                // Closed with what was sent unread.
                return false
            }
        }

        private mutating func parse() -> Frame? {
            guard bytes.count >= 2 else { return nil }
            var (length, start) = (Int(bytes[1] & 0x7F), 2)
            if length == 126 {
                guard bytes.count >= 4 else { return nil }
                (length, start) = (Int(bytes[2]) << 8 | Int(bytes[3]), 4)
            } else if length == 127 {
                guard bytes.count >= 10 else { return nil }
                (length, start) = (bytes[2..<10].reduce(0) { $0 << 8 | Int($1) }, 10)
            }
            guard bytes.count >= start + length else { return nil }
            let frame = Frame(
                opcode: bytes[0] & 0x0F,
                isMasked: bytes[1] & 0x80 != 0,
                payload: Array(bytes[start..<start + length])
            )
            bytes.removeFirst(start + length)
            return frame
        }
    }

    /// A frame as a client sends it; `head` is the first byte with its flags.
    static func frame(_ head: UInt8, _ payload: [UInt8], isMasked: Bool = true) -> [UInt8] {
        let mask: [UInt8] = isMasked ? [0x12, 0x34, 0x56, 0x78] : []
        let flag: UInt8 = isMasked ? 0x80 : 0
        var bytes = [head]
        switch payload.count {
        case ..<126: bytes.append(flag | UInt8(payload.count))
        case ..<65_536: bytes += [flag | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(flag | 127)
            bytes += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: payload.count >> $0) }
        }
        return bytes + mask + payload.enumerated().map { isMasked ? $1 ^ mask[$0 % 4] : $1 }
    }

    static func text(_ text: String) -> [UInt8] { frame(0x81, Array(text.utf8)) }
}
