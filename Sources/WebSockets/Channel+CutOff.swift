package import NIOCore
import NIOSSL

extension Channel {
    /// Closes the connection at once: what waits to be sent is lost, and no farewell of TLS is waited for, which an end that is silent
    /// would not answer.
    package func cutOff() {
        guard eventLoop.inEventLoop else { return eventLoop.execute { self.cutOff() } }
        do {
            // From there on nobody but the socket is asked.
            try pipeline.syncOperations.context(handlerType: NIOSSLHandler.self).close(promise: nil)
        } catch {
            // It is in the clear, or closed.
            close(promise: nil)
        }
    }
}
