import Domain
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A request as it goes out.
struct WebhookRequest: Sendable {
    var address: WebhookAddress
    var message: WebhookMessage

    var head: HTTPRequestHead {
        var headers = HTTPHeaders([("Host", address.authority), ("User-Agent", "makima")])
        for header in message.headers { headers.add(name: header.name, value: header.value) }
        headers.add(name: "Content-Length", value: "\(message.body.count)")
        headers.add(name: "Connection", value: "close")
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: address.path, headers: headers)
    }
}

/// Makes one request over a connection of its own, to an address and not to a name: nothing is looked up here.
struct WebhookConnection: Sendable {
    let group: any EventLoopGroup
    let tls: TLSConfiguration

    /// Cancelling does not end an attempt to connect, so that is short.
    private static let connectTime = TimeAmount.seconds(3)

    func post(_ request: WebhookRequest, to address: IPAddress) async throws -> WebhookAnswer {
        let context = request.address.isSecure ? try NIOSSLContext(configuration: tls) : nil
        let place = try SocketAddress(
            packedIPAddress: ByteBuffer(bytes: address.bytes),
            port: request.address.port
        )
        let host = request.address.host
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(Self.connectTime)
            .connect(to: place) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(CertificateNames.handler(for: host, context))
                    }
                    try pipeline.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        return try await channel.executeThenClose { answers, requests in
            var failure: any Error = WebhookTrouble.closed
            do {
                try await requests.write(.head(request.head))
                try await requests.write(.body(.byteBuffer(ByteBuffer(bytes: request.message.body))))
                try await requests.write(.end(nil))
            } catch {
                // Why is what comes in, an answer or the error of the connection.
                failure = error
            }
            for try await part in answers {
                guard case .head(let head) = part else { continue }
                return WebhookAnswer(
                    status: Int(head.status.code),
                    retryAfter: head.headers.first(name: "Retry-After")
                )
            }
            try Task.checkCancellation()
            throw failure
        }
    }
}

/// Why no answer came, in words that tell nothing of the URL.
enum WebhookTrouble: Error {
    case closed
    /// The certificate is of another host.
    case otherName

    static func words(for error: any Error) -> String {
        switch error {
        case WebhookTrouble.closed, ChannelError.eof, ChannelError.alreadyClosed: "it closed the connection"
        case ChannelError.connectTimeout: "it cannot be reached in time"
        case let error as IOError: words(forSystem: error.errnoCode)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError, WebhookTrouble.otherName:
            "its certificate is not accepted, or it speaks no TLS"
        case is HTTPParserError: "it does not answer as a web server does"
        default: "the connection broke"
        }
    }

    /// `code` is an errno.
    private static func words(forSystem code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "nobody listens there"
        case ECONNRESET, EPIPE: "it closed the connection"
        case ENETUNREACH, EHOSTUNREACH: "no way leads there"
        default: String(cString: strerror(code))
        }
    }
}
