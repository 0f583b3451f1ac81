import CLinux
import Glibc

/// The way by which the shim is told what to do.
///
/// Only makima holds this end: the shim notices makima's end by it.
final class ControlChannel: Sendable {
    /// What a shim can be told, with the letters that `shim.c` gives.
    enum Message: UInt8 {
        case interrupt = 0x69
        case kill = 0x6b
        case moreInput = 0x77
        case lastInput = 0x65
    }

    private enum Way: ~Copyable {
        /// makima keeps the other end too, so that writing to a shim that has ended is no error.
        case pipe(Pipe)
        /// To a shim that another makima started.
        case connection(Descriptor)
    }

    private let way: Way

    init(_ pipe: consuming Pipe) {
        cs_set_nonblocking(pipe.writeNumber)
        way = .pipe(pipe)
    }

    init(_ connection: consuming Descriptor) {
        way = .connection(connection)
    }

    func send(_ message: Message) {
        var byte = message.rawValue
        // Either is only full when the shim has not read thousands of messages.
        switch way {
        case .pipe(let pipe): write(pipe.writeNumber, &byte, 1)
        case .connection(let connection): cs_send(connection.number, &byte, 1)
        }
    }
}
