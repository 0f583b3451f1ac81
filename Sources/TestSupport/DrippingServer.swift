import Dispatch
import Glibc

/// A server of HTTP for one connection, whose answer has a head at once and a body that comes a byte at a time and does not end.
package final class DrippingServer: Sendable {
    package let port: Int
    private let listener: Int32

    package init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, name, &length) == 0
            }
        }
        precondition(isListening, "No port of loopback can be listened on.")
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        DispatchQueue.global().async { Self.serve(listener) }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Until the client goes, or nobody comes.
    private static func serve(_ listener: Int32) {
        defer { close(listener) }
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        var request = [UInt8](repeating: 0, count: 4096)
        _ = recv(connection, &request, request.count, 0)
        var text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
        while send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) > 0 {
            text = " "
            usleep(10_000)
        }
    }
}
