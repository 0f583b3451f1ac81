import Glibc

/// Turns the result convention of system calls into errors.
enum SystemCall {
    static func message(for code: Int32) -> String {
        String(cString: strerror(code))
    }

    /// Returns the call's result, or throws what `errno` says about `operation` on `path`.
    static func check(
        _ operation: String,
        _ path: String,
        _ call: () -> Int32
    ) throws(WorkspaceError) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            guard errno == EINTR else { throw .fileSystem(operation: operation, path: path, code: errno) }
        }
    }
}
