import Dispatch
import Glibc
import TestSupport

/// Accepts connections of this machine, and says nothing.
final class SilentServer: Sendable {
    private let socket: Int32
    let port: UInt16

    init() throws {
        let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw SystemCallError(code: errno) }
        socket = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failure = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return EFAULT }
            guard bind(listener, place, length) == 0, listen(listener, 8) == 0,
                getsockname(listener, place, &length) == 0
            else { return errno }
            return 0
        }
        guard failure == 0 else { throw SystemCallError(code: failure) }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }

    /// Calls `body` when the first connection has come.
    func onContact(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue.global()
            .async { [socket] in
                guard accept(socket, nil, nil) >= 0 else { return }
                body()
            }
    }
}
