import Dispatch
import Glibc

/// A server of HTTP for one connection, whose answer has a head at once and a body that comes a byte at a time and does not end.
package final class DrippingServer: Sendable {
    package var port: Int { silent.number }
    private let silent = SilentPort()

    package init() {
        DispatchQueue.global().async { [descriptor = silent.descriptor] in Self.serve(descriptor) }
    }

    /// Until the client goes, or nobody comes.
    private static func serve(_ listener: Int32) {
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
