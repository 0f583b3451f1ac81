import Domain
import NIOCore
import NIOSSL

/// Decides whether a certificate is one of a host by its name.
///
/// NIOSSL takes a certificate also where it is only of the address that was dialled: whoever can answer for a name with an
/// address of theirs could have one of that address, and would be taken for the name (`IdentityVerification.swift`).
enum CertificateNames {
    /// Whether one of `names` is the host, or covers it by a `*` for its whole first label.
    static func cover(_ host: String, _ names: [String]) -> Bool {
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        return names.contains { name in
            let pattern = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
            guard pattern.first == "*" else { return pattern == labels }
            return pattern.count >= 3 && pattern.count == labels.count && pattern.dropFirst() == labels.dropFirst()
        }
    }

    /// Refuses, before anything is sent, a certificate without the name of the host.
    static func handler(for host: HostName, _ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        switch host {
        case .address: return try NIOSSLClientHandler(context: context, serverHostname: nil)
        case .name(let name):
            return try NIOSSLClientHandler._makeSSLClientHandler(context: context, serverHostname: name) {
                certificate,
                channel in
                channel.eventLoop.makeCompletedFuture {
                    guard cover(name, dnsNames(of: certificate)) else { throw WebhookTrouble.otherName }
                }
            }
        }
    }

    private static func dnsNames(of certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames()
            .compactMap { name in
                guard name.nameType == .dnsName else { return nil }
                return name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            }
    }
}
