package import Domain
package import NIOCore
import NIOPosix
package import NIOSSL

/// Sends events to a webhook: to the very address that was judged, without following where an answer leads.
package struct WebhookSender: NotificationSender {
    /// What a sender needs besides its target.
    package struct Parts: Sendable {
        package var group: any EventLoopGroup
        package var tls: TLSConfiguration
        package var lookup: HostLookup
        package var clock: any Clock<Duration>

        package init(
            group: any EventLoopGroup,
            tls: TLSConfiguration = .makeClientConfiguration(),
            lookup: HostLookup = .system,
            clock: any Clock<Duration>
        ) {
            self.group = group
            self.tls = tls
            self.lookup = lookup
            self.clock = clock
        }
    }

    private let target: NotificationTarget
    private let address: WebhookAddress
    private let secret: String?
    private let parts: Parts

    /// How long one try may take.
    private static let patience = Duration.seconds(10)
    /// So many addresses of a name are tried.
    private static let mostAddresses = 3

    /// `secret` signs what is sent; `nil` does not.
    package init(to target: NotificationTarget, at address: WebhookAddress, secret: String?, _ parts: Parts) {
        self.target = target
        self.address = address
        self.secret = secret
        self.parts = parts
    }

    package func send(_ event: NotificationEvent, at time: Timestamp) async -> Delivery {
        let addresses: [IPAddress]
        do throws(AddressRefusal) {
            try AddressRules.check(address, allowsPrivate: target.allowsPrivate)
            addresses = try AddressRules.dialable(
                await parts.lookup.addresses(of: address.host),
                own: parts.lookup.own(),
                allowsPrivate: target.allowsPrivate
            )
        } catch {
            // A name that is not known now may be in a moment.
            return error == .unknownHost ? .failed(error.sentence) : .refused(error.sentence)
        }
        return await post(event, at: time, to: Array(addresses.prefix(Self.mostAddresses)))
    }

    private func request(_ event: NotificationEvent, at time: Timestamp) -> WebhookRequest {
        var message = WebhookMessage(event, for: target)
        if let secret {
            message.headers += WebhookSignature.headers(body: message.body, secret: secret, at: time)
        }
        return WebhookRequest(address: address, message: message)
    }

    private func post(_ event: NotificationEvent, at time: Timestamp, to addresses: [IPAddress]) async -> Delivery {
        let request = request(event, at: time)
        var last = Delivery.failed(AddressRefusal.unknownHost.sentence)
        for address in addresses {
            do {
                return try await within(Self.patience, from: time) { try await connection.post(request, to: address) }
            } catch is CancellationError {
                return .failed("there was no time left")
            } catch {
                last = .failed(WebhookTrouble.words(for: error))
            }
        }
        return last
    }

    private var connection: WebhookConnection { WebhookConnection(group: parts.group, tls: parts.tls) }

    private func within(
        _ time: Duration,
        from start: Timestamp,
        _ body: @escaping @Sendable () async throws -> WebhookAnswer
    ) async throws -> Delivery {
        let clock = parts.clock
        return try await withThrowingTaskGroup(of: WebhookAnswer?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await clock.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else { return .failed("it does not answer in time") }
            return answer.delivery(at: start)
        }
    }
}
