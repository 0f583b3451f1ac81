import Dispatch
import Glibc

/// A port of loopback that is bound for as long as this lives, and behind which nobody says anything.
package final class SilentPort: Sendable {
    package let number: Int
    let descriptor: Int32

    /// The kernel takes connections where it `isListening`, and refuses them otherwise.
    package init(isListening: Bool = true) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, length) == 0 && getsockname(descriptor, name, &length) == 0
            }
        }
        let isReady = isBound && (!isListening || listen(descriptor, 8) == 0)
        precondition(isReady, "No port of loopback can be had.")
        self.descriptor = descriptor
        number = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        // Whoever waits for a connection goes on.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Calls `body`, on a thread of its own, when somebody has connected and has said something.
    package func onContact(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue.global()
            .async { [descriptor] in
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                var byte: UInt8 = 0
                _ = recv(connection, &byte, 1, 0)
                body()
            }
    }
}
